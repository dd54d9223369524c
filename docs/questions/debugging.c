/* Turns on what libevent has for finding mistakes. The text is ../debugging.md. */
#include <event2/event.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct timeval soon = {.tv_usec = 100000};

static void on_log(int severity, const char *message)
{
	printf("severity %d: %s\n", severity, message);
}

static void on_timer(evutil_socket_t unused, short what, void *arg)
{
	printf("the timer\n");
}

/* Its arguments, in any number and order: mistake, debug, log, callback, dump. */
int main(int argc, char **argv)
{
	struct event *timer = calloc(1, event_get_struct_event_size());
	int mistake = 0, dump = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 1; i < argc; i++) {
		mistake |= strcmp(argv[i], "mistake") == 0;
		dump |= strcmp(argv[i], "dump") == 0;
		if (strcmp(argv[i], "debug") == 0)
			event_enable_debug_mode(); /* before the first base or event */
		if (strcmp(argv[i], "log") == 0)
			event_enable_debug_logging(EVENT_DBG_ALL);
		if (strcmp(argv[i], "callback") == 0)
			event_set_log_callback(on_log);
	}

	struct event_base *base = event_base_new();

	if (!timer || !base || event_assign(timer, base, -1, 0, on_timer, NULL) < 0 ||
	    event_add(timer, &soon) < 0)
		return EXIT_FAILURE;
	if (mistake)
		event_assign(timer, base, -1, 0, on_timer, NULL); /* it is pending */
	if (dump)
		event_base_dump_events(base, stdout);
	if (event_base_dispatch(base) < 0)
		return EXIT_FAILURE;
	event_debug_unassign(timer);
	event_base_free(base);
	libevent_global_shutdown(); /* frees what is libevent's own */
	free(timer);
	return EXIT_SUCCESS;
}
