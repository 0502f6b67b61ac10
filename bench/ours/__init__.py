"""What is measured of Tocsin within one process, over the container that the command line uses."""
