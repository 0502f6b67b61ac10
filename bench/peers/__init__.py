"""What people use today; these run in an environment of their own and know nothing of Tocsin."""
