/*
 * Preloaded into a program that uses libevent, writes down what its loop does: a line of JSON for
 * each thing, into the file $STORY. README.md beside it explains them.
 *
 * Watched are the borders between the program, libevent and the C library. What libevent holds is
 * asked for with its public calls, and only where that is safe: nothing here knows its inside.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#ifndef __GLIBC__
#error "make story-N needs Linux with glibc"
#endif
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <fcntl.h>
#include <link.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#ifndef MAX_RECORDING
#define MAX_RECORDING (64 << 20) /* bytes; what comes after is not recorded */
#endif
#define MAX_KNOWN 100 /* events and bufferevents; others work, but are not told */
#define MAX_THREADS 1024
#define MAX_LINE 16384 /* the state of them all, and more */
#define HIGH 500       /* our descriptors begin here, so that the program's keep their numbers */

/* The function that we stand in front of. */
#define REAL(f)                                                                                    \
	__extension__({                                                                            \
		static __typeof__(f) *real_;                                                       \
		real_ ? real_ : (real_ = (__typeof__(f) *)dlsym(RTLD_NEXT, #f));                   \
	})
#define CALLER __builtin_return_address(0)
/* -1: for ever. */
#define MS(time, unit, per_ms) ((time) ? (time)->tv_sec * 1000L + (time)->tv_##unit / (per_ms) : -1)

/* An event or a bufferevent of the program, and its own callbacks: we have put ours there. */
struct known {
	_Atomic(void *) key;
	struct event_base *base; /* of a bufferevent */
	void *callback[3];       /* of a bufferevent: read, write, event */
	void *arg;               /* of an event's callback; ours gets this struct instead */
	short asks;              /* what a bufferevent's own events wait for */
	char said[128];          /* a bufferevent's state, as it was recorded last */
};

struct text {
	int length;
	char at[MAX_LINE];
};

static struct known all_known[MAX_KNOWN], *const known_end = all_known + MAX_KNOWN;
static int out = -1;
static const char *holding; /* $STORY_HOLD: a folder with a FIFO for each thread, or NULL */
static struct link_map *program, *libevent;
static atomic_long records, bytes;
static atomic_int threads = 1;
static struct { /* what each thread is to run */
	void *(*run)(void *);
	void *arg;
} begun[MAX_THREADS];
static long start, epoch; /* microseconds of the clock that runs on, and of the one on the wall */

static __thread int thread, in_signal;
static __thread struct event_base *base; /* whose loop runs, or NULL */
static __thread char said[MAX_LINE];     /* its events, as they were recorded last */
static __thread struct text call;        /* one that has begun: it may end before anything else */

static long microseconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000000L + t.tv_nsec / 1000;
}

/* What this address is in: the program, libevent, or something else. */
static struct link_map *home(const void *address)
{
	void *map = NULL;
	Dl_info unused;

	dladdr1(address, &unused, &map, RTLD_DL_LINKMAP);
	return map;
}

/* A place in the program; what reads the recording makes a name of it. 0: not in the program. */
static long place(const void *address)
{
	return home(address) == program ? (long)((uintptr_t)address - program->l_addr) : 0;
}

static struct known *find(const void *key)
{
	for (struct known *k = all_known; key && k < known_end; k++)
		if (k->key == key)
			return k;
	return NULL;
}

/* Returns NULL if there are too many. */
static struct known *remember(void *key, struct event_base *base_of)
{
	for (struct known *k = all_known; key && k < known_end; k++) {
		void *nothing = NULL;

		if (atomic_compare_exchange_strong(&k->key, &nothing, key)) {
			k->base = base_of;
			return k;
		}
	}
	return NULL;
}

/* Returns what it was given, to be freed. */
static void *forget(void *key)
{
	struct known *k = find(key);

	if (k) {
		k->base = NULL;
		k->said[0] = '\0';
		k->key = NULL;
	}
	return key;
}

/* ---- lines ---- */

__attribute__((format(printf, 2, 3))) static void put(struct text *t, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	int n = vsnprintf(t->at + t->length, sizeof(t->at) - t->length, format, arguments);
	va_end(arguments);
	if (t->length + n < (int)sizeof(t->at) - 8) /* emit() needs some */
		t->length += n;
	t->at[t->length] = '\0';
}

/* The first bytes of the data, as JSON. */
static void put_string(struct text *t, const char *key, const void *data, size_t size)
{
	const unsigned char *c = data;

	put(t, ",\"%s\":\"", key);
	for (; size-- > 0; c++)
		put(t, *c < 32 || *c > 126 || *c == '"' || *c == '\\' ? "\\u%04x" : "%c", *c);
	put(t, "\"");
}

static void put_caller(struct text *t, const void *caller)
{
	if (in_signal)
		put(t, ",\"by\":\"signal handler\"");
	else if (home(caller) == libevent)
		put(t, ",\"by\":\"libevent\"");
	else if (place(caller))
		put(t, ",\"at\":\"@%lx\"", place(caller) - 1);
}

static int open_high(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600), high = fcntl(fd, F_DUPFD_CLOEXEC, HIGH);

	close(fd);
	return high;
}

/* Until a byte comes through the FIFO of this thread. */
static void wait_to_go_on(void)
{
	static __thread int fifo = -1;
	char path[256];

	snprintf(path, sizeof(path), "%s/%d", holding, thread);
	if (fifo < 0)
		fifo = open_high(path, O_RDWR);
	while (read(fifo, path, 1) < 0 && errno == EINTR)
		;
}

/* Writes the line. No lock, since a signal handler may come in between: one call to the kernel. It
 * is not write(), since tests count those of the program. */
static void emit(struct text *t)
{
	int error = errno;

	if (bytes > MAX_RECORDING)
		return;
	put(t, "}\n");
	if (atomic_fetch_add(&bytes, t->length) + t->length > MAX_RECORDING)
		t->length = sprintf(t->at, "{\"n\":%ld,\"t\":%ld,\"th\":0,\"k\":\"full\"}\n",
				    records++, microseconds(CLOCK_MONOTONIC) - start);
	if (pwrite(out, t->at, t->length, 0) > 0 && holding && !in_signal) /* it appends */
		wait_to_go_on();
	t->length = 0;
	errno = error;
}

/* A record has its number from here. What a thread sends, another may receive before this one says
 * so: such a record begins before the call, others after it. A call of libevent that has begun is a
 * line of its own, as there is something to say before it ends. */
static void begin(struct text *t)
{
	if (call.length && !in_signal)
		emit(&call);
	t->length = 0;
	put(t, "{\"n\":%ld,\"t\":%ld,\"th\":%d", records++, microseconds(CLOCK_MONOTONIC) - start,
	    thread);
}

/* ---- what libevent holds ---- */

static const char *directions(int readable, int writable)
{
	return readable ? writable ? "rw" : "r" : writable ? "w" : "";
}

#define DIRECTIONS(what) directions((what)&EV_READ, (what)&EV_WRITE)

static int look_at_event(const struct event_base *unused, const struct event *ev, void *events)
{
	struct text *t = events;
	struct known *k = find(ev), *client = k ? NULL : find(event_get_callback_arg(ev));
	struct timeval due;

	(void)unused;
	if (client)
		client->asks |= event_get_events(ev);
	if (!k)
		return 0;
	put(t, "%s{\"cb\":\"@%lx\",\"fd\":%d", t->length ? "," : "", place(k->callback[0]),
	    (int)event_get_fd(ev));
	if (event_pending(ev, EV_TIMEOUT, &due)) /* rounded: else it would differ each time */
		put(t, ",\"due\":%ld",
		    (due.tv_sec * 1000000L + due.tv_usec - epoch + 500) / 1000 * 1000);
	put(t, "}");
	return 0;
}

/* Only what has changed since the last time. */
static void put_state(struct text *t)
{
	struct text events = {0};
	const char *separator = ",\"clients\":[";
	int error = errno;

	if (!base || in_signal)
		return;
	event_base_foreach_event(base, look_at_event, &events);
	if (strcmp(said, events.at) != 0)
		put(t, ",\"events\":[%s]", strcpy(said, events.at));
	for (struct known *k = all_known; k < known_end; k++) {
		struct bufferevent *bev = k->key;
		char state[sizeof(k->said)];
		int received = 0;

		if (k->base != base)
			continue;
		ioctl(bufferevent_getfd(bev), FIONREAD, &received);
		snprintf(state, sizeof(state),
			 "{\"fd\":%d,\"received\":%d,\"in\":%zu,\"out\":%zu,"
			 "\"on\":\"%s\",\"asks\":\"%s\"}",
			 (int)bufferevent_getfd(bev), received,
			 evbuffer_get_length(bufferevent_get_input(bev)),
			 evbuffer_get_length(bufferevent_get_output(bev)),
			 DIRECTIONS(bufferevent_get_enabled(bev)), DIRECTIONS(k->asks));
		k->asks = 0;
		if (strcmp(k->said, state) == 0)
			continue;
		put(t, "%s%s", separator, strcpy(k->said, state));
		separator = ",";
	}
	if (separator[1] == '\0')
		put(t, "]");
	errno = error;
}

static void finish(struct text *t, const void *caller)
{
	put_caller(t, caller);
	if (home(caller) != libevent) /* it may be in the middle of something */
		put_state(t);
	emit(t);
}

#define RECORD(caller, kind, ...)                                                                  \
	do {                                                                                       \
		struct text text_;                                                                 \
		begin(&text_);                                                                     \
		put(&text_, ",\"k\":\"" kind "\"" __VA_ARGS__);                                    \
		finish(&text_, caller);                                                            \
	} while (0)

/* ---- the program calls libevent, and libevent calls it back ---- */

/* A call inside which nothing has happened is a single line. */
static void end(const char *f, long result)
{
	struct text t, *ends = call.length ? &call : &t;

	if (ends == &t) {
		begin(&t);
		put(&t, ",\"k\":\"ret\",\"f\":\"%s\"", f);
	}
	put(ends, ",\"r\":%ld", result);
	finish(ends, NULL);
}

/* clang-format off */
#define BASE struct event_base *b
#define BEV struct bufferevent *bev
#define TIME const struct timeval *
#define EVENT ",\"cb\":\"@%lx\",\"fd\":%d"
#define OF_EVENT(more) EVENT more, find(ev) ? place(find(ev)->callback[0]) : 0, (int)event_get_fd(ev)
#define SIZE ",\"size\":%zu"
#define CLIENT ",\"fd\":%d"
#define OF_CLIENT(more) CLIENT more, (int)bufferevent_getfd(bev)

/* NAME stands in for a callback of the program, which may free what it is called for. */
#define CALLBACK(name, is, which, parameters, arguments, fd, why)                                 \
	static void name parameters                                                                \
	{                                                                                          \
		struct known *k = is;                                                              \
		void(*callback) parameters = k->callback[which];                                   \
		RECORD(NULL, "cb", EVENT ",\"what\":\"%s\"", place(callback), (int)fd, why);       \
		callback arguments;                                                                \
		RECORD(NULL, "cbend", ",\"cb\":\"@%lx\"", place(callback));                        \
	}
CALLBACK(on_event, arg, 0, (evutil_socket_t fd, short what, void *arg), (fd, what, k->arg), fd,
	 what & EV_TIMEOUT ? "timeout" : what & EV_SIGNAL ? "signal" : DIRECTIONS(what))
CALLBACK(on_read, find(bev), 0, (BEV, void *arg), (bev, arg), bufferevent_getfd(bev), "")
CALLBACK(on_write, find(bev), 1, (BEV, void *arg), (bev, arg), bufferevent_getfd(bev), "")
CALLBACK(on_eof_or_error, find(bev), 2, (BEV, short what, void *arg), (bev, what, arg), bufferevent_getfd(bev),
	 what & BEV_EVENT_EOF	    ? "EOF"
	 : what & BEV_EVENT_ERROR   ? "ERROR"
	 : what & BEV_EVENT_TIMEOUT ? "TIMEOUT"
				    : "CONNECTED")
/* clang-format on */

static void replace_callback(struct event *ev, BASE, int fd, short what, void *callback, void *arg)
{
	struct known *k = remember(ev, NULL);

	if (k) {
		k->callback[0] = callback;
		k->arg = arg == event_self_cbarg() ? ev : arg;
		event_assign(ev, b, fd, what, on_event, k);
	}
}

static void replace_callbacks(BEV, void *r, void *w, void *e, void *arg)
{
	struct known *k = find(bev);

	if (k) {
		memcpy(k->callback, (void *[]){r, w, e}, sizeof(k->callback));
		REAL(bufferevent_setcb)
		(bev, r ? on_read : NULL, w ? on_write : NULL, e ? on_eof_or_error : NULL, arg);
	}
}

/* clang-format off */
/* A function that is told, unless it is libevent that calls it: that is its own affair. Whoever else does
 * is the program: the last call of a callback may come from where the callback was called. THEN: what to do
 * after it, and what to write as its result. */
#define CALL(type, result_is, f, parameters, arguments, then, ...)                                 \
	type f parameters                                                                          \
	{                                                                                          \
		long result = 0;                                                                   \
		if (in_signal || home(CALLER) == libevent)                                         \
			return REAL(f) arguments;                                                  \
		begin(&call);                                                                      \
		put(&call, ",\"k\":\"call\",\"f\":\"" #f "\"" __VA_ARGS__);                        \
		put_caller(&call, CALLER);                                                         \
		result_is REAL(f) arguments;                                                       \
		end(#f, (then));                                                                   \
		return (type)result;                                                               \
	}
#define INT(f, parameters, arguments, ...) CALL(int, result =, f, parameters, arguments, result, __VA_ARGS__)
#define VOID(f, parameters, arguments, ...) CALL(void, , f, parameters, arguments, 0, __VA_ARGS__)
#define NEW(type, f, parameters, arguments, then, ...)                                             \
	CALL(type, result = (long), f, parameters, arguments, (then, result != 0), __VA_ARGS__)

NEW(struct event *, event_new, (BASE, evutil_socket_t fd, short what, event_callback_fn cb, void *arg),
    (b, fd, what, cb, arg), replace_callback((void *)result, b, fd, what, cb, arg), EVENT, place(cb), (int)fd)
INT(event_add, (struct event *ev, TIME tv), (ev, tv), OF_EVENT(",\"ms\":%ld"), MS(tv, usec, 1000))
INT(event_del, (struct event *ev), (ev), OF_EVENT())
VOID(event_free, (struct event *ev), (forget(ev)), OF_EVENT())
NEW(struct bufferevent *, bufferevent_socket_new, (BASE, evutil_socket_t fd, int options), (b, fd, options),
    remember((void *)result, b), CLIENT, (int)fd)
CALL(void, , bufferevent_setcb, (BEV, bufferevent_data_cb r, bufferevent_data_cb w, bufferevent_event_cb e, void *arg),
     (bev, r, w, e, arg), (replace_callbacks(bev, r, w, e, arg), 0),
     OF_CLIENT(",\"cbs\":[\"@%lx\",\"@%lx\",\"@%lx\"]"), place(r), place(w), place(e))
VOID(bufferevent_free, (BEV), (forget(bev)), OF_CLIENT())
INT(bufferevent_enable, (BEV, short what), (bev, what), OF_CLIENT(",\"on\":\"%s\""), DIRECTIONS(what))
INT(bufferevent_disable, (BEV, short what), (bev, what), OF_CLIENT(",\"on\":\"%s\""), DIRECTIONS(what))
VOID(bufferevent_setwatermark, (BEV, short what, size_t low, size_t high), (bev, what, low, high),
     OF_CLIENT(",\"low\":%zu,\"high\":%zu"), low, high)
CALL(size_t, result = (long), bufferevent_read, (BEV, void *data, size_t n), (bev, data, n), result, OF_CLIENT(SIZE), n)
INT(bufferevent_write, (BEV, const void *data, size_t n), (bev, data, n), OF_CLIENT(SIZE), n)
INT(bufferevent_write_buffer, (BEV, struct evbuffer *from), (bev, from), OF_CLIENT(SIZE), evbuffer_get_length(from))
INT(bufferevent_set_timeouts, (BEV, TIME r, TIME w), (bev, r, w), OF_CLIENT())
INT(evutil_make_socket_nonblocking, (evutil_socket_t fd), (fd), CLIENT, (int)fd)
INT(event_base_loopexit, (BASE, TIME tv), (b, tv))
VOID(event_base_free, (BASE), (b))

#define LOOP(f, parameters, flags)                                                                 \
	int f parameters                                                                           \
	{                                                                                          \
		struct event_base *outer = base;                                                   \
		base = b;                                                                          \
		RECORD(CALLER, "loop");                                                            \
		int result = REAL(event_base_loop)(b, flags);                                      \
		RECORD(CALLER, "loopend", ",\"r\":%d", result);                                    \
		base = outer;                                                                      \
		return result;                                                                     \
	}
LOOP(event_base_dispatch, (BASE), 0)
LOOP(event_base_loop, (BASE, int flags), flags)

/* ---- the program or libevent calls the C library ---- */

static void put_result(struct text *t, int fd, long result, const void *data)
{
	put(t, ",\"fd\":%d,\"r\":%ld", fd, result);
	if (result < 0)
		put(t, ",\"e\":%d", errno);
	if (data && result > 0 && result <= 64)
		put_string(t, "data", data, result);
}

static size_t total(const struct iovec *v, int n)
{
	return n > 0 ? v->iov_len + total(v + 1, n - 1) : 0;
}

/* Which client of the other side this is. */
static int peer(int fd)
{
	struct sockaddr_in address = {0};
	socklen_t size = sizeof(address);

	if (fd >= 0)
		getpeername(fd, (struct sockaddr *)&address, &size);
	return ntohs(address.sin_port);
}

/* clang-format off */
/* A call of the program or of libevent. What else calls it, such as this file, is not told. */
enum { TAKES, SENDS };
#define SYSTEM_CALL(type, does, f, parameters, arguments, fd, data, ...)                           \
	type f parameters                                                                          \
	{                                                                                          \
		struct text t;                                                                     \
		if (!in_signal && !place(CALLER) && home(CALLER) != libevent)                      \
			return REAL(f) arguments;                                                  \
		if (does == SENDS)                                                                 \
			begin(&t);                                                                 \
		type result = REAL(f) arguments;                                                   \
		if (does == TAKES)                                                                 \
			begin(&t);                                                                 \
		put(&t, ",\"k\":\"sys\",\"f\":\"" #f "\"" __VA_ARGS__);                            \
		put_result(&t, fd, result, data);                                                  \
		finish(&t, CALLER);                                                                \
		return result;                                                                     \
	}
#define PEER ",\"peer\":%d", peer(result)
#define IOV const struct iovec *v, int n

SYSTEM_CALL(int, TAKES, socket, (int d, int type, int p), (d, type, p), -1, NULL)
SYSTEM_CALL(int, TAKES, bind, (int fd, const struct sockaddr *a, socklen_t n), (fd, a, n), fd, NULL)
SYSTEM_CALL(int, TAKES, setsockopt, (int fd, int level, int name, const void *v, socklen_t n), (fd, level, name, v, n),
	    fd, NULL, ",\"option\":[%d,%d]", level, name)
SYSTEM_CALL(int, TAKES, listen, (int fd, int n), (fd, n), fd, NULL)
SYSTEM_CALL(int, TAKES, accept, (int fd, struct sockaddr *a, socklen_t *n), (fd, a, n), fd, NULL, PEER)
SYSTEM_CALL(int, TAKES, accept4, (int fd, struct sockaddr *a, socklen_t *n, int f), (fd, a, n, f), fd, NULL, PEER)
SYSTEM_CALL(int, SENDS, close, (int fd), (fd), fd, NULL)
SYSTEM_CALL(int, TAKES, pipe, (int fds[2]), (fds), -1, NULL, ",\"fds\":[%d,%d]", fds[0], fds[1])
SYSTEM_CALL(ssize_t, TAKES, read, (int fd, void *p, size_t n), (fd, p, n), fd, p, SIZE, n)
SYSTEM_CALL(ssize_t, TAKES, recv, (int fd, void *p, size_t n, int f), (fd, p, n, f), fd, p, SIZE, n)
SYSTEM_CALL(ssize_t, TAKES, readv, (int fd, IOV), (fd, v, n), fd, NULL, SIZE, total(v, n))
SYSTEM_CALL(ssize_t, SENDS, write, (int fd, const void *p, size_t n), (fd, p, n), fd, p, SIZE, n)
SYSTEM_CALL(ssize_t, SENDS, send, (int fd, const void *p, size_t n, int f), (fd, p, n, f), fd, p, SIZE, n)
SYSTEM_CALL(ssize_t, SENDS, writev, (int fd, IOV), (fd, v, n), fd, NULL, SIZE, total(v, n))
SYSTEM_CALL(int, TAKES, epoll_ctl, (int epoll, int op, int fd, struct epoll_event *e), (epoll, op, fd, e), fd, NULL,
	    ",\"op\":%d,\"on\":\"%s\"", op,
	    op == EPOLL_CTL_DEL ? "" : directions(e->events & EPOLLIN, e->events & EPOLLOUT))

/* The loop waits, and then something is ready. EVENTS: of the Ith, by poll()'s names; epoll has the same. */
#define WAIT(f, parameters, arguments, ms, count, fd, events)                                      \
	int f parameters                                                                           \
	{                                                                                          \
		struct text t;                                                                     \
		if (home(CALLER) != libevent)                                                      \
			return REAL(f) arguments;                                                  \
		RECORD(NULL, "wait", ",\"f\":\"" #f "\",\"ms\":%ld", (long)ms);                    \
		int n = REAL(f) arguments;                                                         \
		begin(&t);                                                                         \
		put(&t, ",\"k\":\"ready\",\"r\":%d,\"fds\":[", n);                                 \
		for (long i = 0; n > 0 && i < (long)count; i++)                                    \
			put_ready(&t, fd, events);                                                 \
		put(&t, "]");                                                                      \
		finish(&t, NULL);                                                                  \
		return n;                                                                          \
	}

static void put_ready(struct text *t, int fd, int events)
{
	if (events)
		put(t, "%s[%d,\"%s%s\"]", t->at[t->length - 1] == '[' ? "" : ",", fd,
		    directions(events & POLLIN, events & POLLOUT), events & (POLLHUP | POLLERR) ? "x" : "");
}

WAIT(epoll_wait, (int epoll, struct epoll_event *e, int most, int ms), (epoll, e, most, ms), ms,
     n, e[i].data.fd, e[i].events)
/* libevent 2.2's */
WAIT(epoll_pwait2, (int epoll, struct epoll_event *e, int most, const struct timespec *ts, const sigset_t *set),
     (epoll, e, most, ts, set), MS(ts, nsec, 1000000), n, e[i].data.fd, e[i].events)
WAIT(poll, (struct pollfd *p, nfds_t size, int ms), (p, size, ms), ms, size, p[i].fd, p[i].revents)
WAIT(select, (int size, fd_set *r, fd_set *w, fd_set *x, struct timeval *tv), (size, r, w, x, tv), MS(tv, usec, 1000),
     size, i, (r && FD_ISSET(i, r) ? POLLIN : 0) | (w && FD_ISSET(i, w) ? POLLOUT : 0))
/* clang-format on */

/* ---- signals and threads ---- */

static void (*handler)(int); /* libevent's, for all signals */

static void on_signal(int number)
{
	in_signal++;
	RECORD(NULL, "signal", ",\"signal\":%d", number);
	handler(number);
	in_signal--;
}

int sigaction(int number, const struct sigaction *action, struct sigaction *old)
{
	struct sigaction ours;

	if (action && home(action->sa_handler) == libevent) {
		handler = action->sa_handler;
		ours = *action;
		ours.sa_handler = on_signal;
		action = &ours;
	}
	return REAL(sigaction)(number, action, old);
}

static void *run_thread(void *number)
{
	thread = (int)(intptr_t)number;
	return begun[thread].run(begun[thread].arg);
}

int pthread_create(pthread_t *made, const pthread_attr_t *how, void *(*run)(void *), void *arg)
{
	int number = threads++ % MAX_THREADS;

	begun[number].run = run;
	begun[number].arg = arg;
	RECORD(CALLER, "thread", ",\"new\":%d,\"run\":\"@%lx\"", number, place(run));
	return REAL(pthread_create)(made, how, run_thread, (void *)(intptr_t)number);
}

/* ---- what the program prints ---- */

static void record_print(const void *caller, const char *printed)
{
	struct text t;

	if (!place(caller))
		return;
	begin(&t);
	put(&t, ",\"k\":\"print\"");
	put_string(&t, "text", printed, strnlen(printed, 400));
	put_caller(&t, caller);
	emit(&t);
}

int printf(const char *format, ...)
{
	char printed[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(printed, sizeof(printed), format, arguments);
	va_end(arguments);
	record_print(CALLER, printed);
	va_start(arguments, format);
	int result = vprintf(format, arguments);
	va_end(arguments);
	return result;
}

/* clang-format off */
#define TOLD_FIRST(type, f, parameters, arguments, ...)                                            \
	type f parameters                                                                          \
	{                                                                                          \
		__VA_ARGS__;                                                                       \
		return REAL(f) arguments;                                                          \
	}
/* What a compiler makes of a printf() that has nothing to fill in. */
TOLD_FIRST(int, puts, (const char *line), (line), record_print(CALLER, line); record_print(CALLER, "\n"))
TOLD_FIRST(int, putchar, (int c), (c), record_print(CALLER, (char[]){(char)c, '\0'}))
TOLD_FIRST(unsigned, sleep, (unsigned s), (s), if (place(CALLER)) RECORD(CALLER, "sleep", ",\"s\":%u", s))
/* clang-format on */

__attribute__((constructor)) static void begin_recording(void)
{
	const char *path = getenv("STORY");

	if (!path)
		return;
	program = _r_debug.r_map; /* the first of all */
	libevent = home(REAL(event_base_loop));
	holding = getenv("STORY_HOLD");
	start = microseconds(CLOCK_MONOTONIC);
	epoch = microseconds(CLOCK_REALTIME);
	out = open_high(path, O_WRONLY | O_CREAT | O_APPEND);
	RECORD(NULL, "start", ",\"libevent\":\"%s\",\"clock\":%ld", event_get_version(), start);
}
