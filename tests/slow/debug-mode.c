/*
 * Compiled into a program, turns libevent's debug mode on before main() begins. The map of that mode
 * is one for all threads, so it needs libevent's locks.
 */
#include <event2/event.h>
#include <event2/thread.h>
#include <stdlib.h>

__attribute__((constructor)) static void debug(void)
{
	if (evthread_use_pthreads() < 0)
		abort();
	event_enable_debug_mode();
}
