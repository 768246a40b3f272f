"""A CRM with one table; Flask-Admin, where it is installed, edits it."""

from importlib.util import find_spec

from flask import Flask
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config.update(SECRET_KEY="x", SQLALCHEMY_DATABASE_URI="sqlite:////srv/crm.db")
db = SQLAlchemy(app)


class Customer(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(80), nullable=False)
    email = db.Column(db.String(80), unique=True)

    def __str__(self):
        return self.name


@app.get("/")
def home():
    return "Customers: " + ", ".join(customer.name for customer in Customer.query)


with app.app_context():
    db.create_all()
    if Customer.query.count() == 0:
        db.session.add(Customer(name="Ann", email="ann@x.org"))
        db.session.commit()

if find_spec("flask_admin"):
    from flask_admin import Admin
    from flask_admin.contrib.sqla import ModelView

    Admin(app, name="CRM").add_view(ModelView(Customer, db.session))

if __name__ == "__main__":
    app.run("0.0.0.0", 8000)
