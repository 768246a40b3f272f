"""One file a command: ``HELP``, ``add_arguments(parser)``, ``main(args) -> exit code``."""
