"""One module a command or family of commands; each is imported only when it is used."""
