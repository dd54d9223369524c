/* A callback that wants to wait for an answer. The text is README.md beside it. */
#include <event2/event.h>

#include <stdio.h>
#include <stdlib.h>

static const struct timeval now = {.tv_sec = 0}, soon = {.tv_usec = 100000};
static struct event *answer;

static void on_answer(evutil_socket_t unused, short what, void *arg)
{
	printf("the answer is here\n");
}

static void on_question(evutil_socket_t unused, short what, void *base)
{
	event_add(answer, &soon);
	printf("a loop in the callback returns %d\n", event_base_loop(base, EVLOOP_ONCE));
	printf("the callback returns\n");
}

int main(void)
{
	struct event_base *base = event_base_new();
	struct event *question = event_new(base, -1, 0, on_question, base);

	setvbuf(stdout, NULL, _IOLBF, 0);
	answer = event_new(base, -1, 0, on_answer, NULL);
	if (!base || !question || !answer || event_add(question, &now) < 0)
		return EXIT_FAILURE;
	event_base_dispatch(base);
	event_free(question);
	event_free(answer);
	event_base_free(base);
	return EXIT_SUCCESS;
}
