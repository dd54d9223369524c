/*
 * Preloaded into a server, makes its K-th allocation fail: FAIL_AT=K. Writes which functions that one
 * was made for into the file that ALLOCATIONS names, or at the end, if none failed, how many there were.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* What glibc calls its own. */
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);

static atomic_long calls;
static atomic_long fail_at = -1; /* -1: does not count, and nothing fails */
static int report;

/* Runs before main: what is allocated earlier is not counted. */
__attribute__((constructor)) static void start(void)
{
	void *caller;
	int fd = open(getenv("ALLOCATIONS"), O_WRONLY);

	report = fcntl(fd, F_DUPFD_CLOEXEC, 500); /* the server gets the numbers that it always gets */
	close(fd);
	backtrace(&caller, 1); /* its first call allocates */
	fail_at = getenv("FAIL_AT") ? atol(getenv("FAIL_AT")) : 0;
}

/* Runs after main. */
__attribute__((destructor)) static void end(void)
{
	if (fail_at == 0)
		dprintf(report, "%ld\n", calls);
	fail_at = -1;
}

static int fails(void)
{
	void *callers[16];
	Dl_info function;

	if (fail_at < 0 || ++calls != fail_at)
		return 0;
	fail_at = -1;
	for (int i = 0, n = backtrace(callers, 16); i < n; i++)
		if (dladdr(callers[i], &function) && function.dli_sname)
			dprintf(report, " %s", function.dli_sname);
	errno = ENOMEM;
	return 1;
}

void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
	return fails() ? NULL : __libc_realloc(old, size);
}
