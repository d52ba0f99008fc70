"""Alembic's environment: it runs on the connection that `storage.schema` hands over, inside that transaction."""

from alembic import context

import storage.past_tables
import storage.proof_tables  # noqa: F401 - it adds tables to the metadata
from storage.schema import VERSION_TABLE
from storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,  # SQLite cannot alter most of a table in place
    transactional_ddl=True,  # SQLite can roll DDL back, now that we begin transactions ourselves
)
with context.begin_transaction():
    context.run_migrations()
