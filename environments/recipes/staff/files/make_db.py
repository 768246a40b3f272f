"""Makes staff.db as an older release of the directory wrote it: with time zones by their old names."""

import sqlite3

connection = sqlite3.connect("staff.db")
connection.execute("create table staff(id integer primary key, name text, tz varchar(63))")
connection.execute("insert into staff(name, tz) values ('Ann', 'US/Pacific')")
connection.commit()
connection.close()
