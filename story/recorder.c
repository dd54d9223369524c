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
#include <dlfcn.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <fcntl.h>
#include <link.h>
#include <linux/sockios.h>
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
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#ifndef MAX_RECORDING
#define MAX_RECORDING (64 << 20) /* bytes; what comes after is not recorded */
#endif
#define MAX_KNOWN 1024 /* events and bufferevents; others work, but are not told */
#define MAX_STATE 64   /* with more of them, asking for their state would take too long */
#define MAX_LINE 8192

/* The function that we stand in front of. */
#define REAL(f)                                                                                    \
	__extension__({                                                                            \
		static __typeof__(f) *real_;                                                       \
		if (!real_)                                                                        \
			*(void **)&real_ = dlsym(RTLD_NEXT, #f);                                   \
		real_;                                                                             \
	})
/* -1: for ever. */
#define MS(time, unit, per_ms) ((time) ? (time)->tv_sec * 1000L + (time)->tv_##unit / (per_ms) : -1)
#define CALLER __builtin_return_address(0)

/* An event or a bufferevent of the program, and its own callbacks: we have put ours there. */
struct known {
	_Atomic(void *) key;
	struct event_base *base;       /* of a bufferevent */
	void (*_Atomic callback[3])(); /* of a bufferevent: read, write, event */
	short asks;                    /* what a bufferevent's own events wait for */
	char said[128];                /* a bufferevent's state, as it was recorded last */
};

static struct known all_known[MAX_KNOWN];
static atomic_int known_end; /* behind the last that is in use */

static int out = -1;        /* a high number, so that the program's descriptors keep theirs */
static const char *holding; /* $STORY_HOLD: a folder with a FIFO for each thread, or NULL */
static struct range {
	uintptr_t from, to;
} program, libevent; /* where they lie in memory */
static atomic_long records, bytes;
static atomic_int threads = 1;
static long start; /* microseconds, of CLOCK_MONOTONIC */

struct text {
	int length;
	char at[MAX_LINE];
};

static __thread int thread, in_signal;
static __thread struct event_base *base;  /* the one that this thread used last */
static __thread char said[MAX_LINE];      /* its events, as they were recorded last */
static __thread struct text call;         /* one that has begun: it may end before anything else */
static __thread long sent_n = -1, sent_t; /* number and time of what others may see at once */

static long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000L + t.tv_nsec / 1000 - start;
}

static int is_in(struct range range, const void *address)
{
	return (uintptr_t)address >= range.from && (uintptr_t)address < range.to;
}

static struct known *find(const void *key)
{
	for (struct known *k = all_known; k < all_known + known_end; k++)
		if (key && k->key == key)
			return k;
	return NULL;
}

/* Returns NULL if there are too many. */
static struct known *remember(void *key)
{
	struct known *k = find(key);

	for (int i = 0; !k && i < MAX_KNOWN; i++) {
		void *nothing = NULL;

		if (!atomic_compare_exchange_strong(&all_known[i].key, &nothing, key))
			continue;
		k = &all_known[i];
		k->base = NULL;
		k->said[0] = '\0';
		for (int end = known_end; end <= i;)
			atomic_compare_exchange_weak(&known_end, &end, i + 1);
	}
	return k;
}

static void forget(const void *key)
{
	struct known *k = find(key);

	if (k) {
		k->base = NULL;
		k->key = NULL;
	}
}

/* ---- lines ---- */

__attribute__((format(printf, 2, 3))) static void put(struct text *t, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	int n = vsnprintf(t->at + t->length, sizeof(t->at) - t->length, format, arguments);
	va_end(arguments);
	if (n > 0 && t->length + n < (int)sizeof(t->at) - 128) /* emit() needs some */
		t->length += n;
	t->at[t->length] = '\0';
}

/* The first bytes of the data, as JSON. */
static void put_string(struct text *t, const char *key, const void *data, long size, int most)
{
	const unsigned char *c = data;

	put(t, ",\"%s\":\"", key);
	for (long i = 0; i < size && i < most; i++)
		if (c[i] < 32 || c[i] > 126 || c[i] == '"' || c[i] == '\\')
			put(t, "\\u%04x", c[i]);
		else
			put(t, "%c", c[i]);
	put(t, "\"");
}

/* A place in the program; what reads the recording makes a name of it. 0: not in the program. */
static long place(const void *address)
{
	return is_in(program, address) ? (long)((uintptr_t)address - program.from) : 0;
}

static void put_caller(struct text *t, const void *caller)
{
	if (in_signal)
		put(t, ",\"by\":\"signal handler\"");
	else if (is_in(libevent, caller))
		put(t, ",\"by\":\"libevent\"");
	else if (place(caller))
		put(t, ",\"at\":\"@%lx\"", place(caller) - 1);
}

/* Opens what is there under a number that the program will not miss. */
static int open_high(const char *path, int flags, int number)
{
	int fd = open(path, flags | O_CLOEXEC, 0600), high;

	if (fd < 0)
		return -1;
	high = fcntl(fd, F_DUPFD_CLOEXEC, number);
	syscall(SYS_close, fd);
	return high;
}

/* Until a byte comes through the FIFO of this thread. */
static void wait_to_go_on(void)
{
	static __thread int fifo = -1;
	char path[256];

	if (fifo < 0) {
		snprintf(path, sizeof(path), "%s/%d", holding, thread);
		fifo = open_high(path, O_RDWR, out - 64);
	}
	if (fifo >= 0)
		syscall(SYS_read, fifo, path, 1);
}

/* Writes the line. No lock, since a signal handler may come in between: one call to the kernel. It
 * is not write(), since tests count those of the program. */
static void emit(const struct text *t)
{
	char line[MAX_LINE + 128];
	int error = errno, size;

	if (t->length == 0 || bytes > MAX_RECORDING)
		return;
	size = sprintf(line, "{\"n\":%ld,\"t\":%ld,\"th\":%d,%s}\n",
		       sent_n < 0 ? records++ : sent_n, sent_n < 0 ? now() : sent_t, thread, t->at);
	sent_n = -1;
	if (atomic_fetch_add(&bytes, size) + size > MAX_RECORDING)
		size = sprintf(line, "{\"n\":%ld,\"t\":%ld,\"th\":0,\"k\":\"full\"}\n", records++,
			       now());
	syscall(SYS_pwrite64, out, line, size, 0L); /* it appends, whatever the offset */
	if (holding && !in_signal)
		wait_to_go_on();
	errno = error;
}

/* ---- what libevent holds ---- */

struct walk {
	struct text events;
	long since; /* microseconds from 1970 to the start */
};

static const char *directions(int what)
{
	static const char *const names[] = {"", "r", "w", "rw"};

	return names[(what & EV_READ ? 1 : 0) + (what & EV_WRITE ? 2 : 0)];
}

static int look_at_event(const struct event_base *unused, const struct event *ev, void *arg)
{
	struct walk *w = arg;
	struct known *k = find(ev), *client = find(event_get_callback_arg(ev));
	struct timeval due;

	(void)unused;
	if (!k && client && client->base)
		client->asks |= event_get_events(ev);
	if (!k)
		return 0;
	put(&w->events, "%s{\"cb\":\"@%lx\",\"fd\":%d", w->events.length ? "," : "",
	    place((void *)k->callback[0]), (int)event_get_fd(ev));
	if (event_pending(ev, EV_TIMEOUT, &due)) /* rounded: else it would differ each time */
		put(&w->events, ",\"due\":%ld",
		    (due.tv_sec * 1000000L + due.tv_usec - w->since + 500) / 1000 * 1000);
	put(&w->events, "}");
	return 0;
}

/* Only what has changed since the last time. */
static void put_state(struct text *t)
{
	struct walk w = {0};
	struct timeval today;
	const char *separator = ",\"clients\":[";

	if (!base || in_signal || known_end > MAX_STATE)
		return;
	gettimeofday(&today, NULL);
	w.since = today.tv_sec * 1000000L + today.tv_usec - now();
	for (struct known *k = all_known; k < all_known + known_end; k++)
		if (k->base == base)
			k->asks = 0;
	event_base_foreach_event(base, look_at_event, &w);
	if (strcmp(said, w.events.at) != 0) {
		strcpy(said, w.events.at);
		put(t, ",\"events\":[%s]", w.events.at);
	}
	for (struct known *k = all_known; k < all_known + known_end; k++) {
		struct bufferevent *bev = k->key;
		char state[sizeof(k->said)];
		int fd, received = 0, unsent = 0;

		if (!bev || k->base != base)
			continue;
		fd = bufferevent_getfd(bev);
		syscall(SYS_ioctl, fd, FIONREAD, &received);
		syscall(SYS_ioctl, fd, SIOCOUTQ, &unsent);
		snprintf(state, sizeof(state),
			 "{\"fd\":%d,\"received\":%d,\"in\":%zu,\"out\":%zu,\"unsent\":%d,"
			 "\"on\":\"%s\",\"asks\":\"%s\"}",
			 fd, received, evbuffer_get_length(bufferevent_get_input(bev)),
			 evbuffer_get_length(bufferevent_get_output(bev)), unsent,
			 directions(bufferevent_get_enabled(bev)), directions(k->asks));
		if (strcmp(k->said, state) == 0)
			continue;
		strcpy(k->said, state);
		put(t, "%s%s", separator, state);
		separator = ",";
	}
	if (separator[1] == '\0')
		put(t, "]");
}

/* ---- records ---- */

/* A call that has begun is a line of its own, as there is something to say before it ends. */
static void flush_call(void)
{
	if (!in_signal && call.length) {
		emit(&call);
		call.length = 0;
	}
}

enum { WITHOUT_STATE, WITH_STATE };

static void end_record(struct text *t, int state, const void *caller)
{
	int error = errno;

	if (out < 0)
		return;
	flush_call();
	put_caller(t, caller);
	if (state == WITH_STATE)
		put_state(t);
	emit(t);
	errno = error;
}

#define RECORD(state, caller, ...)                                                                 \
	do {                                                                                       \
		struct text text_ = {0};                                                           \
		put(&text_, __VA_ARGS__);                                                          \
		end_record(&text_, state, caller);                                                 \
	} while (0)

/* ---- the program asks something of libevent ---- */

/* Whether libevent asks it of itself, which is its own affair. Whoever else asks is the program:
 * the last call of a callback may come from where the callback was called. */
static int is_inside(const void *caller)
{
	return out < 0 || is_in(libevent, caller);
}

#define BEGIN(f, ...)                                                                              \
	do {                                                                                       \
		flush_call();                                                                      \
		put(&call, "\"k\":\"call\",\"f\":\"%s\"", f);                                      \
		put(&call, __VA_ARGS__);                                                           \
		put_caller(&call, CALLER);                                                         \
	} while (0)

static void end(const char *f, long result)
{
	struct text t = {0}, *ends = call.length ? &call : &t;
	int error = errno;

	if (ends == &t)
		put(&t, "\"k\":\"ret\",\"f\":\"%s\"", f);
	put(ends, ",\"r\":%ld", result);
	put_state(ends);
	emit(ends);
	call.length = 0;
	errno = error;
}

/* clang-format off */
/* CALL: a function that is told, with its arguments. CALL_VOID: one without a result; FIRST is done
 * before it. */
#define CALL(type, f, parameters, arguments, ...)                                                  \
	type f parameters                                                                          \
	{                                                                                          \
		if (is_inside(CALLER))                                                             \
			return REAL(f) arguments;                                                  \
		BEGIN(#f, __VA_ARGS__);                                                    \
		type result = REAL(f) arguments;                                                   \
		end(#f, (long)result);                                                             \
		return result;                                                                     \
	}
#define CALL_VOID(f, parameters, arguments, first, ...)                                            \
	void f parameters                                                                          \
	{                                                                                          \
		if (is_inside(CALLER)) {                                                           \
			REAL(f) arguments;                                                         \
			return;                                                                    \
		}                                                                                  \
		BEGIN(#f, __VA_ARGS__);                                                    \
		first;                                                                             \
		REAL(f) arguments;                                                                 \
		end(#f, 0);                                                                        \
	}
#define NOTHING (void)0
#define BASE struct event_base *b
#define BEV struct bufferevent *bev
#define TIME const struct timeval *

#define EVENT ",\"cb\":\"@%lx\",\"fd\":%d"
#define OF_EVENT(ev) find(ev) ? place((void *)find(ev)->callback[0]) : 0, (int)event_get_fd(ev)
#define CLIENT ",\"fd\":%d"
#define OF_CLIENT(bev) (int)bufferevent_getfd(bev)
#define DIRECTIONS CLIENT ",\"on\":\"%s\""
#define SIZED CLIENT ",\"size\":%zu"

CALL(int, event_base_loopexit, (BASE, TIME tv), (b, tv), " ")
CALL_VOID(event_base_free, (BASE), (b), base = NULL, " ")
CALL(int, event_add, (struct event *ev, TIME tv), (ev, tv), EVENT ",\"ms\":%ld", OF_EVENT(ev), MS(tv, usec, 1000))
CALL(int, event_del, (struct event *ev), (ev), EVENT, OF_EVENT(ev))
CALL_VOID(event_free, (struct event *ev), (ev), forget(ev), EVENT, OF_EVENT(ev))
CALL_VOID(bufferevent_free, (BEV), (bev), forget(bev), CLIENT, OF_CLIENT(bev))
CALL_VOID(bufferevent_setwatermark, (BEV, short what, size_t low, size_t high), (bev, what, low, high), NOTHING,
	  CLIENT ",\"low\":%zu,\"high\":%zu", OF_CLIENT(bev), low, high)
CALL(int, bufferevent_enable, (BEV, short what), (bev, what), DIRECTIONS, OF_CLIENT(bev), directions(what))
CALL(int, bufferevent_disable, (BEV, short what), (bev, what), DIRECTIONS, OF_CLIENT(bev), directions(what))
CALL(size_t, bufferevent_read, (BEV, void *data, size_t n), (bev, data, n), SIZED, OF_CLIENT(bev), n)
CALL(int, bufferevent_write, (BEV, const void *data, size_t n), (bev, data, n), SIZED, OF_CLIENT(bev), n)
CALL(int, bufferevent_write_buffer, (BEV, struct evbuffer *from), (bev, from), SIZED, OF_CLIENT(bev),
     evbuffer_get_length(from))
CALL(int, bufferevent_set_timeouts, (BEV, TIME r, TIME w), (bev, r, w), CLIENT, OF_CLIENT(bev))
CALL(int, evutil_make_socket_nonblocking, (evutil_socket_t fd), (fd), CLIENT, (int)fd)
/* clang-format on */

static int run_loop(const void *caller, struct event_base *loop, int flags)
{
	struct event_base *outer = base;

	base = loop;
	said[0] = '\0'; /* another thread may have recorded its events before */
	RECORD(WITH_STATE, caller, "\"k\":\"loop\"");
	int result = REAL(event_base_loop)(loop, flags);
	RECORD(WITH_STATE, caller, "\"k\":\"loopend\",\"r\":%d", result);
	base = outer ? outer : loop;
	return result;
}

int event_base_loop(struct event_base *loop, int flags)
{
	return is_inside(CALLER) ? REAL(event_base_loop)(loop, flags)
				 : run_loop(CALLER, loop, flags);
}

int event_base_dispatch(struct event_base *loop)
{
	return run_loop(CALLER, loop, 0);
}

/* Stands in for the callback of each event. */
static void on_event(evutil_socket_t fd, short what, void *arg)
{
	struct known *k = find(event_base_get_running_event(base));
	event_callback_fn callback = (event_callback_fn)k->callback[0];
	const char *why = what & EV_TIMEOUT  ? "timeout"
			  : what & EV_SIGNAL ? "signal"
					     : directions(what);

	RECORD(WITH_STATE, NULL, "\"k\":\"cb\",\"cb\":\"@%lx\",\"fd\":%d,\"what\":\"%s\"",
	       place((void *)callback), (int)fd, why);
	callback(fd, what, arg);
	RECORD(WITH_STATE, NULL, "\"k\":\"cbend\",\"cb\":\"@%lx\"", place((void *)callback));
}

struct event *event_new(struct event_base *b, evutil_socket_t fd, short what, event_callback_fn cb,
			void *arg)
{
	if (is_inside(CALLER))
		return REAL(event_new)(b, fd, what, cb, arg);
	base = b;
	BEGIN(__func__, EVENT, place((void *)cb), (int)fd);
	struct event *ev = REAL(event_new)(b, fd, what, on_event, arg);
	struct known *k = ev ? remember(ev) : NULL;
	if (k)
		k->callback[0] = (void (*)())cb;
	else if (ev)
		event_assign(ev, b, fd, what, cb, arg);
	end(__func__, ev != NULL);
	return ev;
}

/* These stand in for the callbacks of each bufferevent, which may free it. */
static void on_bufferevent(struct bufferevent *bev, int which, short what, void *arg)
{
	struct known *k = find(bev);
	void (*callback)() = k->callback[which];

	RECORD(WITH_STATE, NULL, "\"k\":\"cb\",\"cb\":\"@%lx\",\"fd\":%d,\"what\":\"%s%s%s%s\"",
	       place((void *)callback), OF_CLIENT(bev), what & BEV_EVENT_EOF ? "EOF" : "",
	       what & BEV_EVENT_ERROR ? "ERROR" : "", what & BEV_EVENT_TIMEOUT ? "TIMEOUT" : "",
	       what & BEV_EVENT_CONNECTED ? "CONNECTED" : "");
	if (which < 2)
		((bufferevent_data_cb)callback)(bev, arg);
	else
		((bufferevent_event_cb)callback)(bev, what, arg);
	RECORD(WITH_STATE, NULL, "\"k\":\"cbend\",\"cb\":\"@%lx\"", place((void *)callback));
}

/* clang-format off */
static void on_read(BEV, void *arg) { on_bufferevent(bev, 0, 0, arg); }
static void on_write(BEV, void *arg) { on_bufferevent(bev, 1, 0, arg); }
static void on_eof_or_error(BEV, short what, void *arg) { on_bufferevent(bev, 2, what, arg); }
/* clang-format on */

struct bufferevent *bufferevent_socket_new(struct event_base *b, evutil_socket_t fd, int options)
{
	struct known *k;

	if (is_inside(CALLER))
		return REAL(bufferevent_socket_new)(b, fd, options);
	BEGIN(__func__, CLIENT, (int)fd);
	struct bufferevent *bev = REAL(bufferevent_socket_new)(b, fd, options);
	if (bev && (k = remember(bev)))
		k->base = b;
	end(__func__, bev != NULL);
	return bev;
}

void bufferevent_setcb(struct bufferevent *bev, bufferevent_data_cb r, bufferevent_data_cb w,
		       bufferevent_event_cb e, void *arg)
{
	struct known *k = is_inside(CALLER) ? NULL : find(bev);

	if (!k) {
		REAL(bufferevent_setcb)(bev, r, w, e, arg);
		return;
	}
	BEGIN(__func__, CLIENT ",\"cbs\":[\"@%lx\",\"@%lx\",\"@%lx\"]", OF_CLIENT(bev),
	      place((void *)r), place((void *)w), place((void *)e));
	k->callback[0] = (void (*)())r;
	k->callback[1] = (void (*)())w;
	k->callback[2] = (void (*)())e;
	REAL(bufferevent_setcb)
	(bev, r ? on_read : NULL, w ? on_write : NULL, e ? on_eof_or_error : NULL, arg);
	end(__func__, 0);
}

/* ---- the program or libevent asks something of the C library ---- */

static int is_watched(const void *caller)
{
	return in_signal || place(caller) || is_in(libevent, caller);
}

/* What a thread sends, another may receive before this one says so: it has its number from here. */
static void will_send(void)
{
	flush_call();
	sent_n = records++;
	sent_t = now();
}

static void put_result(struct text *t, const char *f, int fd, long result, const void *data)
{
	put(t, "\"k\":\"sys\",\"f\":\"%s\",\"fd\":%d,\"r\":%ld", f, fd, result);
	if (result < 0)
		put(t, ",\"e\":%d", errno);
	if (data && result > 0 && result <= 64)
		put_string(t, "data", data, result, 64);
}

static size_t total(const struct iovec *v, int n)
{
	size_t sum = 0;

	while (n-- > 0)
		sum += v++->iov_len;
	return sum;
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
/* SENDS is NOTHING or will_send(). */
#define SYSTEM_CALL(type, f, parameters, arguments, sends, fd, data, ...)                          \
	type f parameters                                                                          \
	{                                                                                          \
		if (!is_watched(CALLER))                                                           \
			return REAL(f) arguments;                                                  \
		sends;                                                                             \
		struct text text_ = {0};                                                           \
		type result = REAL(f) arguments;                                                   \
		put_result(&text_, #f, fd, result, data);                                          \
		put(&text_, __VA_ARGS__);                                                          \
		end_record(&text_, place(CALLER) ? WITH_STATE : WITHOUT_STATE, CALLER);            \
		return result;                                                                     \
	}
#define SIZE ",\"size\":%zu"
#define PEER ",\"peer\":%d", peer(result)
#define IOV const struct iovec *v, int n

SYSTEM_CALL(int, socket, (int d, int type, int p), (d, type, p), NOTHING, -1, NULL, " ")
SYSTEM_CALL(int, bind, (int fd, const struct sockaddr *a, socklen_t n), (fd, a, n), NOTHING, fd, NULL, " ")
SYSTEM_CALL(int, setsockopt, (int fd, int level, int name, const void *v, socklen_t n), (fd, level, name, v, n),
	    NOTHING, fd, NULL, ",\"option\":[%d,%d]", level, name)
SYSTEM_CALL(int, listen, (int fd, int n), (fd, n), NOTHING, fd, NULL, " ")
SYSTEM_CALL(int, accept, (int fd, struct sockaddr *a, socklen_t *n), (fd, a, n), NOTHING, fd, NULL, PEER)
SYSTEM_CALL(int, accept4, (int fd, struct sockaddr *a, socklen_t *n, int f), (fd, a, n, f), NOTHING, fd, NULL, PEER)
SYSTEM_CALL(int, close, (int fd), (fd), will_send(), fd, NULL, " ")
SYSTEM_CALL(int, pipe, (int fds[2]), (fds), NOTHING, -1, NULL, ",\"fds\":[%d,%d]", fds[0], fds[1])
SYSTEM_CALL(ssize_t, read, (int fd, void *p, size_t n), (fd, p, n), NOTHING, fd, p, SIZE, n)
SYSTEM_CALL(ssize_t, recv, (int fd, void *p, size_t n, int f), (fd, p, n, f), NOTHING, fd, p, SIZE, n)
SYSTEM_CALL(ssize_t, readv, (int fd, IOV), (fd, v, n), NOTHING, fd, NULL, SIZE, total(v, n))
SYSTEM_CALL(ssize_t, write, (int fd, const void *p, size_t n), (fd, p, n), will_send(), fd, p, SIZE, n)
SYSTEM_CALL(ssize_t, send, (int fd, const void *p, size_t n, int f), (fd, p, n, f), will_send(), fd, p, SIZE, n)
SYSTEM_CALL(ssize_t, writev, (int fd, IOV), (fd, v, n), will_send(), fd, NULL, SIZE, total(v, n))
SYSTEM_CALL(int, epoll_ctl, (int epoll, int op, int fd, struct epoll_event *e), (epoll, op, fd, e), NOTHING, fd, NULL,
	    ",\"op\":%d,\"on\":\"%s\"", op, op == EPOLL_CTL_DEL ? "" : directions(
	    (e->events & EPOLLIN ? EV_READ : 0) | (e->events & EPOLLOUT ? EV_WRITE : 0)))
/* clang-format on */

/* Said before, as it takes its time. */
unsigned sleep(unsigned seconds)
{
	if (place(CALLER))
		RECORD(WITH_STATE, CALLER, "\"k\":\"sleep\",\"s\":%u", seconds);
	return REAL(sleep)(seconds);
}

/* ---- the loop waits ---- */

static void begin_wait(const char *f, long ms)
{
	RECORD(WITH_STATE, NULL, "\"k\":\"wait\",\"f\":\"%s\",\"ms\":%ld", f, ms);
}

static void put_ready(struct text *t, int fd, int readable, int writable, int broken)
{
	put(t, "%s[%d,\"%s%s\"]", t->length ? "," : "", fd,
	    directions((readable ? EV_READ : 0) | (writable ? EV_WRITE : 0)), broken ? "x" : "");
}

static void end_wait(int n, const struct text *ready)
{
	RECORD(WITH_STATE, NULL, "\"k\":\"ready\",\"r\":%d,\"fds\":[%s]", n, ready->at);
}

static int end_epoll_wait(int n, const struct epoll_event *e)
{
	struct text t = {0};

	for (int i = 0; i < n; i++)
		put_ready(&t, e[i].data.fd, e[i].events & EPOLLIN, e[i].events & EPOLLOUT,
			  e[i].events & (EPOLLHUP | EPOLLERR));
	end_wait(n, &t);
	return n;
}

int epoll_wait(int epoll, struct epoll_event *e, int most, int ms)
{
	begin_wait(__func__, ms);
	return end_epoll_wait(REAL(epoll_wait)(epoll, e, most, ms), e);
}

/* libevent 2.2's */
int epoll_pwait2(int epoll, struct epoll_event *e, int most, const struct timespec *ts,
		 const sigset_t *set)
{
	begin_wait(__func__, MS(ts, nsec, 1000000));
	return end_epoll_wait(REAL(epoll_pwait2)(epoll, e, most, ts, set), e);
}

int poll(struct pollfd *p, nfds_t size, int ms)
{
	struct text t = {0};

	if (!is_in(libevent, CALLER))
		return REAL(poll)(p, size, ms);
	begin_wait(__func__, ms);
	int n = REAL(poll)(p, size, ms);
	for (nfds_t i = 0; n > 0 && i < size; i++)
		if (p[i].revents)
			put_ready(&t, p[i].fd, p[i].revents & POLLIN, p[i].revents & POLLOUT,
				  p[i].revents & (POLLHUP | POLLERR));
	end_wait(n, &t);
	return n;
}

int select(int size, fd_set *r, fd_set *w, fd_set *x, struct timeval *tv)
{
	struct text t = {0};

	if (!is_in(libevent, CALLER))
		return REAL(select)(size, r, w, x, tv);
	begin_wait(__func__, MS(tv, usec, 1000));
	int n = REAL(select)(size, r, w, x, tv);
	for (int i = 0; n > 0 && i < size; i++)
		if ((r && FD_ISSET(i, r)) || (w && FD_ISSET(i, w)))
			put_ready(&t, i, r && FD_ISSET(i, r), w && FD_ISSET(i, w), 0);
	end_wait(n, &t);
	return n;
}

/* ---- signals and threads ---- */

static void (*handlers[NSIG])(int);

static void on_signal(int signal_number)
{
	in_signal++;
	RECORD(WITHOUT_STATE, NULL, "\"k\":\"signal\",\"signal\":%d", signal_number);
	handlers[signal_number](signal_number);
	in_signal--;
}

int sigaction(int signal_number, const struct sigaction *new, struct sigaction *old)
{
	struct sigaction ours;

	if (new &&out >= 0 && !(new->sa_flags &SA_SIGINFO) &&
	    new->sa_handler != SIG_IGN &&new->sa_handler != SIG_DFL &&new->sa_handler !=
		on_signal) {
		handlers[signal_number] = new->sa_handler;
		ours = *new;
		ours.sa_handler = on_signal;
		new = &ours;
	}
	return REAL(sigaction)(signal_number, new, old);
}

struct beginning {
	void *(*run)(void *);
	void *arg;
	int number;
};

static void *run_thread(void *arg)
{
	struct beginning b = *(struct beginning *)arg;

	free(arg);
	thread = b.number;
	return b.run(b.arg);
}

int pthread_create(pthread_t *made, const pthread_attr_t *how, void *(*run)(void *), void *arg)
{
	struct beginning *b = out < 0 ? NULL : malloc(sizeof(*b));

	if (!b)
		return REAL(pthread_create)(made, how, run, arg);
	*b = (struct beginning){run, arg, threads++};
	RECORD(WITH_STATE, CALLER, "\"k\":\"thread\",\"new\":%d,\"run\":\"@%lx\"", b->number,
	       place((void *)run));
	int result = REAL(pthread_create)(made, how, run_thread, b);
	if (result != 0)
		free(b);
	return result;
}

/* ---- what the program prints ---- */

static void record_print(const void *caller, const char *printed)
{
	struct text t = {0};

	if (!place(caller))
		return;
	put(&t, "\"k\":\"print\"");
	put_string(&t, "text", printed, (long)strlen(printed), 400);
	end_record(&t, WITHOUT_STATE, caller);
}

int printf(const char *format, ...)
{
	char printed[512];
	va_list arguments, again;

	va_start(arguments, format);
	va_copy(again, arguments);
	vsnprintf(printed, sizeof(printed), format, again);
	va_end(again);
	record_print(CALLER, printed);
	int result = vprintf(format, arguments);
	va_end(arguments);
	return result;
}

/* What a compiler makes of a printf() that has nothing to fill in. */
int puts(const char *line)
{
	record_print(CALLER, line);
	record_print(CALLER, "\n");
	return REAL(puts)(line);
}

int putchar(int c)
{
	record_print(CALLER, (char[]){(char)c, '\0'});
	return REAL(putchar)(c);
}

/* ---- the beginning ---- */

static int look_at_library(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct range *range = (*(int *)arg)++ == 0                  ? &program
			      : strstr(info->dlpi_name, "libevent") ? &libevent
								    : NULL;

	(void)size;
	for (int i = 0; range && i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_LOAD) {
			range->from = info->dlpi_addr;
			range->to = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr +
				    info->dlpi_phdr[i].p_memsz;
		}
	return 0;
}

__attribute__((constructor)) static void begin_recording(void)
{
	const char *path = getenv("STORY");
	struct rlimit limit;
	int count = 0, fd;

	getrlimit(RLIMIT_NOFILE, &limit);
	if (!path)
		return;
	fd = open_high(path, O_WRONLY | O_CREAT | O_APPEND,
		       limit.rlim_cur > 1000 ? 999 : (int)limit.rlim_cur - 1);
	if (fd < 0)
		return;
	holding = getenv("STORY_HOLD");
	dl_iterate_phdr(look_at_library, &count);
	start = now();
	out = fd;
	RECORD(WITHOUT_STATE, NULL, "\"k\":\"start\",\"libevent\":\"%s\",\"clock\":%ld",
	       event_get_version(), start);
}
