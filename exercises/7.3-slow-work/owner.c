/*
 * Loaded with LD_PRELOAD into step 7: says on standard error when a bufferevent is used on another
 * thread than the one that made it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <event2/bufferevent.h>
#include <pthread.h>
#include <stdio.h>

static pthread_t owners[1024]; /* by descriptor */

static void check(const char *call, struct bufferevent *client)
{
	int fd = bufferevent_getfd(client);

	if (fd >= 0 && fd < 1024 && !pthread_equal(owners[fd], pthread_self()))
		fprintf(stderr, "%s() on another thread\n", call);
}

struct bufferevent *bufferevent_socket_new(struct event_base *base, evutil_socket_t fd, int options)
{
	struct bufferevent *(*next)(struct event_base *, evutil_socket_t, int) =
	    dlsym(RTLD_NEXT, "bufferevent_socket_new");

	if (fd >= 0 && fd < 1024)
		owners[fd] = pthread_self();
	return next(base, fd, options);
}

int bufferevent_write(struct bufferevent *client, const void *data, size_t n)
{
	int (*next)(struct bufferevent *, const void *, size_t) =
	    dlsym(RTLD_NEXT, "bufferevent_write");

	check("bufferevent_write", client);
	return next(client, data, n);
}

int bufferevent_write_buffer(struct bufferevent *client, struct evbuffer *data)
{
	int (*next)(struct bufferevent *, struct evbuffer *) =
	    dlsym(RTLD_NEXT, "bufferevent_write_buffer");

	check("bufferevent_write_buffer", client);
	return next(client, data);
}

int bufferevent_enable(struct bufferevent *client, short what)
{
	int (*next)(struct bufferevent *, short) = dlsym(RTLD_NEXT, "bufferevent_enable");

	check("bufferevent_enable", client);
	return next(client, what);
}
