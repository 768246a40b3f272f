"""Makes library.db: three books, with full-text search."""

import sqlite3

BOOKS = [("The Old Man and the Sea", "Hemingway"), ("Moby Dick", "Melville"), ("The Sea Wolf", "London")]

connection = sqlite3.connect("library.db")
connection.execute("create table books(id integer primary key, title text, author text)")
connection.executemany("insert into books(title, author) values (?, ?)", BOOKS)
connection.execute('create virtual table books_fts using fts4(title, author, content="books")')
connection.execute("insert into books_fts(docid, title, author) select id, title, author from books")
connection.commit()
connection.close()
