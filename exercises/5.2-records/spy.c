/*
 * Loaded with LD_PRELOAD into step 5: says on standard error when the read callback is called
 * while fewer than 16 bytes have come.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <stdio.h>

static bufferevent_data_cb on_read; /* the program's own */

static void spy(struct bufferevent *client, void *arg)
{
	size_t n = evbuffer_get_length(bufferevent_get_input(client));

	if (n < 16)
		fprintf(stderr, "on_read called with %zu bytes\n", n);
	on_read(client, arg);
}

void bufferevent_setcb(struct bufferevent *client, bufferevent_data_cb read,
		       bufferevent_data_cb write, bufferevent_event_cb event, void *arg)
{
	void (*next)(struct bufferevent *, bufferevent_data_cb, bufferevent_data_cb,
		     bufferevent_event_cb, void *) = dlsym(RTLD_NEXT, "bufferevent_setcb");

	if (read)
		on_read = read;
	next(client, read ? spy : NULL, write, event, arg);
}
