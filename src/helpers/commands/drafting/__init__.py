"""A study drafted from exported files: tables and columns recognised, settings looked up in the data, doubts marked."""
