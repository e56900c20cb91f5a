"""What notebooks hand each other and the reader: the page, figures, tables and wording."""
