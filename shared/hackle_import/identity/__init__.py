"""What is the same place, and what the same file, though its path is another: so that no row is there twice."""
