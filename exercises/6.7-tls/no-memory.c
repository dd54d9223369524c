/*
 * Loaded with LD_PRELOAD into step 6: there is no memory for a bufferevent. As libevent does then,
 * this frees the SSL that would have belonged to it.
 */
#include <errno.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/ssl.h>

struct bufferevent *bufferevent_openssl_socket_new(struct event_base *base, evutil_socket_t fd,
						   struct ssl_st *ssl,
						   enum bufferevent_ssl_state state, int options)
{
	if (options & BEV_OPT_CLOSE_ON_FREE)
		SSL_free(ssl);
	errno = ENOMEM;
	return NULL;
}
