#include <sqlite3.h>

/* SQLITE_TRANSIENT is a cast that Swift does not import: these bind a copy of the bytes, however
   many there are, NUL among them. A null pointer would bind NULL, so no bytes become an empty value. */
static inline int crisol_bind_text(sqlite3_stmt *statement, int index, const void *bytes, sqlite3_uint64 count) {
    return sqlite3_bind_text64(statement, index, count ? (const char *)bytes : "", count, SQLITE_TRANSIENT, SQLITE_UTF8);
}

static inline int crisol_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, sqlite3_uint64 count) {
    return sqlite3_bind_blob64(statement, index, count ? bytes : "", count, SQLITE_TRANSIENT);
}
