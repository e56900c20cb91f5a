"""Study files, the catalogue of notebooks and the parameters they declare."""
