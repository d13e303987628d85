"""The SQL in which database programs differ: one class for each of them, and nothing of it elsewhere.

A statement that both understand is written once, where it is asked.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence

__all__ = ["DIALECTS", "POSTGRES", "SQLITE", "Dialect"]


class Dialect(ABC):
    """A database program by its SQL; `SQLITE` and `POSTGRES` are all there are."""

    __slots__ = ()

    name: str
    """As it names itself, in lower case."""
    bytes_type: str
    """The type of a column of bytes."""
    text_type: str
    """The type of a column of text: ordered by code point in all of them."""
    whole_type: str
    """The type of a column of whole numbers of 64 bits."""
    number_type: str
    """The type of a column of numbers."""
    numbers_with_words: str
    """The query for the numbers of the incidents whose text holds :words, as `write_words` writes them."""

    @abstractmethod
    def create_table(
        self, name: str, columns: Sequence[str], key: Sequence[str], *, by_key: bool
    ) -> str:
        """Return the statement that makes a table; `by_key`: kept in the order of its key, without a hidden number."""

    @abstractmethod
    def create_text_table(self) -> str:
        """Return the statement that makes `incident_text`, in which words are looked up."""

    @abstractmethod
    def add_key(self, table: str, key: Sequence[str]) -> tuple[str, ...]:
        """Return the statements that give a filled table its key, where `create_table` does not."""

    @abstractmethod
    def add_text_indexes(self) -> tuple[str, ...]:
        """Return the statements that index `incident_text` once it is filled."""

    @abstractmethod
    def number_column(self, table: str) -> str:
        """Return the column of a table that holds the number of its row's report or incident."""

    @abstractmethod
    def match_keys(self, column: str) -> str:
        """Return the condition that a number is one of :keys, a list in JSON."""

    @abstractmethod
    def concatenate(self, column: str) -> str:
        """Return the sum of all values of a column as one text, parted by commas: quicker than a row for each."""

    @abstractmethod
    def write_words(self, folded: str) -> str:
        """Return folded words as the value of :words: all of them, the last one as a beginning."""

    def match_words(self, incident: str = "incident") -> str:
        """Return the condition that an incident's text holds :words."""
        return f"{incident}.number IN ({self.numbers_with_words})"


class _Sqlite(Dialect):
    """SQLite 3, with FTS5 for words (https://www.sqlite.org/fts5.html)."""

    __slots__ = ()

    name = "sqlite"
    bytes_type = "BLOB"
    text_type = "TEXT"
    whole_type = "INTEGER"
    number_type = "REAL"
    numbers_with_words = (
        "SELECT rowid AS number FROM incident_text WHERE incident_text MATCH :words"
    )

    def create_table(
        self, name: str, columns: Sequence[str], key: Sequence[str], *, by_key: bool
    ) -> str:
        parts = ", ".join((*columns, f"PRIMARY KEY ({', '.join(key)})"))
        return f"CREATE TABLE {name} ({parts}) STRICT{', WITHOUT ROWID' if by_key else ''}"

    def create_text_table(self) -> str:
        return (
            "CREATE VIRTUAL TABLE incident_text USING fts5(incident_id, place_name, text, "
            "tokenize = 'unicode61 remove_diacritics 2')"
        )

    def add_key(self, table: str, key: Sequence[str]) -> tuple[str, ...]:
        return ()

    def add_text_indexes(self) -> tuple[str, ...]:
        return ()

    def number_column(self, table: str) -> str:
        return "rowid" if table == "incident_text" else "number"

    def match_keys(self, column: str) -> str:
        return f"{column} IN (SELECT value FROM json_each(:keys))"

    def concatenate(self, column: str) -> str:
        return f"group_concat({column})"

    def write_words(self, folded: str) -> str:
        parts = folded.split()
        return " ".join(f'"{part}"' for part in parts) + ("*" if parts else "")


class _Postgres(Dialect):
    """PostgreSQL 14 or later, with its own text search and no extension."""

    __slots__ = ()

    name = "postgresql"
    bytes_type = "BYTEA"
    text_type = 'TEXT COLLATE "C"'
    whole_type = "BIGINT"
    number_type = "DOUBLE PRECISION"
    numbers_with_words = (
        "SELECT number FROM incident_text WHERE words @@ to_tsquery('simple', :words)"
    )

    def create_table(
        self, name: str, columns: Sequence[str], key: Sequence[str], *, by_key: bool
    ) -> str:
        return f"CREATE TABLE {name} ({', '.join(columns)})"

    def create_text_table(self) -> str:
        return (
            'CREATE TABLE incident_text (number BIGINT NOT NULL, incident_id TEXT COLLATE "C", '
            'place_name TEXT COLLATE "C", text TEXT COLLATE "C", words tsvector GENERATED ALWAYS AS '
            "(to_tsvector('simple', coalesce(incident_id, '') || ' ' || coalesce(place_name, '') || ' ' "
            "|| coalesce(text, ''))) STORED)"
        )

    def add_key(self, table: str, key: Sequence[str]) -> tuple[str, ...]:
        return (f"ALTER TABLE {table} ADD PRIMARY KEY ({', '.join(key)})",)

    def add_text_indexes(self) -> tuple[str, ...]:
        return (
            *self.add_key("incident_text", ("number",)),
            "CREATE INDEX incident_text_by_words ON incident_text USING gin (words)",
        )

    def number_column(self, table: str) -> str:
        return "number"

    def match_keys(self, column: str) -> str:
        return (
            f"{column} IN (SELECT CAST(value AS BIGINT) "
            "FROM json_array_elements_text(CAST(:keys AS json)) AS listed(value))"
        )

    def concatenate(self, column: str) -> str:
        return f"string_agg(CAST({column} AS TEXT), ',')"

    def write_words(self, folded: str) -> str:
        parts = folded.split()
        return " & ".join(f"'{part}'" for part in parts) + (":*" if parts else "")


SQLITE: Dialect = _Sqlite()
POSTGRES: Dialect = _Postgres()
DIALECTS = (SQLITE, POSTGRES)
"""Every database program that a view can be kept in."""
