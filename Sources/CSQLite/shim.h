#include <sqlite3.h>
#include <string.h>

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

/* The header of the write-ahead log's index (https://sqlite.org/walformat.html, "The WAL-Index Header"): 48 bytes, which
   every commit changes, in memory that all connections to a file share. It stands there twice, and SQLite writes the
   second copy first: read in this order, two equal copies are one whole header. 0: it cannot be read now. */
static inline int crisol_log_header(sqlite3 *connection, unsigned char header[48]) {
    sqlite3_file *file = 0;
    if (sqlite3_file_control(connection, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK) return 0;
    if (!file || !file->pMethods || file->pMethods->iVersion < 2) return 0;
    void volatile *index = 0;
    if (file->pMethods->xShmMap(file, 0, 32768, 0, &index) != SQLITE_OK || !index) return 0;
    unsigned char second[48];
    memcpy(header, (const void *)index, 48);
    file->pMethods->xShmBarrier(file);
    memcpy(second, (const unsigned char *)index + 48, 48);
    return memcmp(header, second, 48) == 0;
}
