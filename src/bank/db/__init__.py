"""Engine, sessions, errors and types for any database: copy it as it is.

It knows no table and nothing else of this project, and its imports are
relative, so the folder works under any name. It needs SQLAlchemy 2.0.46 or
newer with greenlet, and the drivers of your databases.
"""
