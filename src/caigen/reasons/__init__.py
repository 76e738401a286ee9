"""What the words mean by which caigen says why: flags, notes, failures, reasons why a text gave no row."""
