"""caigen: critique-and-revise data generation in the manner of Constitutional AI."""

__version__ = "0.1.0"
