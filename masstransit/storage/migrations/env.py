"""What Alembic runs; it is given a connection that is in a transaction already."""

from alembic import context

from masstransit.storage.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
