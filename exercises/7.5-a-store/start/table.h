/* A hash table: keys and values are strings of bytes, and any byte may be in them, zero too.
 *
 * The table keeps a copy of each key and value, and frees it. What you pass in stays yours.
 * What it does not do: it takes no lock. Whoever shares a table between threads locks it, and
 * unlocks it only when the bytes that table_get() has returned are no longer needed. */
#ifndef TABLE_H
#define TABLE_H

#include <stddef.h>
#include <stdint.h>

struct table;

/* Returns an empty table, or NULL without memory. */
struct table *table_new(void);

/* Frees the table, and all that it keeps. */
void table_free(struct table *table);

/* Returns the value of a key, and its length in *n; or NULL if there is no such key. The bytes are
 * the table's. They are valid until this key is set or deleted, or the table is cleared or freed. */
const char *table_get(const struct table *table, const char *key, size_t key_n, size_t *n);

/* Gives a key a value, whether it had one or not. Returns 0; or -1 without memory, and then
 * nothing has changed. The new value may be bytes of the old one. */
int table_set(struct table *table, const char *key, size_t key_n, const char *value, size_t n);

/* Removes a key. Returns whether it was there. */
int table_delete(struct table *table, const char *key, size_t key_n);

/* Removes all keys. */
void table_clear(struct table *table);

/* Returns a number that depends on the key alone. All its bits are good for choosing a table. */
uint32_t table_hash(const char *key, size_t key_n);

#endif
