#include <sqlite3.h>

/* sqlite3_config takes a variable number of arguments, which Swift does not import. Without its statistics of memory
   SQLite asks for no lock at each allocation. Before the first connection; afterwards it has no effect. */
static inline int crisol_count_no_memory(void) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

/* SQLITE_TRANSIENT is a cast that Swift does not import: these bind a copy of the bytes, however
   many there are, NUL among them. A null pointer would bind NULL, so no bytes become an empty value. */
static inline int crisol_bind_text(sqlite3_stmt *statement, int index, const void *bytes, sqlite3_uint64 count) {
    return sqlite3_bind_text64(statement, index, count ? (const char *)bytes : "", count, SQLITE_TRANSIENT, SQLITE_UTF8);
}

/* SQLITE_STATIC: binds the bytes themselves, which must stay where they are until the statement is reset. */
static inline int crisol_bind_text_in_place(sqlite3_stmt *statement, int index, const void *bytes, sqlite3_uint64 count) {
    return sqlite3_bind_text64(statement, index, count ? (const char *)bytes : "", count, SQLITE_STATIC, SQLITE_UTF8);
}

static inline int crisol_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, sqlite3_uint64 count) {
    return sqlite3_bind_blob64(statement, index, count ? bytes : "", count, SQLITE_TRANSIENT);
}
