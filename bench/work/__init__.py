"""One module a row of the table: what is measured, against what, and what must hold afterwards."""
