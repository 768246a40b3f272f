"""What all services have alike."""

HOME = "/srv"
DATA = f"{HOME}/data"
DATABASE = "app"  # and its owner
PASSWORD = "PASSWORD"  # the variable that a service's container finds it in
