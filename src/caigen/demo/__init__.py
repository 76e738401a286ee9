"""The bundled demo model: its world, what is true of it, and `caigen demo`."""
