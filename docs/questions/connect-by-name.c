/* Connects by name, within a second, and tries three times. The text is README.md beside it. */
#include <event2/bufferevent.h>
#include <event2/dns.h>
#include <event2/event.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct timeval limit = {.tv_sec = 1}, rest = {.tv_usec = 500000};
static struct event_base *base;
static struct evdns_base *dns;
static struct event *next_try;
static int tries;

/* Called when the connection is there, and when it fails, is late, or ends. */
static void on_event(struct bufferevent *bev, short what, void *arg)
{
	int error = errno, dns_error = bufferevent_socket_get_dns_error(bev);

	if (what & BEV_EVENT_CONNECTED) {
		printf("connected\n");
		bufferevent_enable(bev, EV_READ);
		return;
	}
	puts(what & BEV_EVENT_TIMEOUT ? "no answer in time"
	     : dns_error              ? evutil_gai_strerror(dns_error)
	     : what & BEV_EVENT_EOF   ? "the server has left"
				      : strerror(error));
	bufferevent_free(bev); /* the next try gets a new one */
	if (++tries == 3 || event_add(next_try, &rest) < 0)
		event_base_loopexit(base, NULL); /* the name servers' events are left */
}

static void on_next_try(evutil_socket_t unused, short what, void *address)
{
	struct bufferevent *bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	char **argument = address;

	if (!bev)
		exit(EXIT_FAILURE); /* no memory */
	bufferevent_setcb(bev, NULL, NULL, on_event, NULL);
	bufferevent_set_timeouts(bev, NULL, &limit); /* a connect counts as a write */
	bufferevent_socket_connect_hostname(bev, dns, AF_INET, argument[1], atoi(argument[2]));
}

int main(int argc, char **argv)
{
	if (argc != 3 || atoi(argv[2]) < 1 || atoi(argv[2]) > 65535 || !(base = event_base_new()) ||
	    !(dns = evdns_base_new(base, EVDNS_BASE_INITIALIZE_NAMESERVERS)) ||
	    !(next_try = event_new(base, -1, 0, on_next_try, argv)))
		return EXIT_FAILURE;
	event_active(next_try, EV_TIMEOUT, 0);
	event_base_dispatch(base);
	event_free(next_try);
	evdns_base_free(dns, 0);
	event_base_free(base);
	return EXIT_SUCCESS;
}
