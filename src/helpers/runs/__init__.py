"""One run of a study: what has to run, in which order, what is reused, what is published."""
