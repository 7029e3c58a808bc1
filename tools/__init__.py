"""Everything that builds and checks the project; standard library only."""
