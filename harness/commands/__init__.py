"""One file a command: ``add_arguments(parser)``, ``main(args) -> exit code``."""
