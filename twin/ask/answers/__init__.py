"""One file for each family of questions: rows of the journal in, an answer out."""
