/*
 * Loaded with LD_PRELOAD into step 6: counts, in the file that $COPIES names, the bytes that are
 * written from another place in memory than the one where they were read.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>

/* Where the bytes of the last read calls were put. */
static struct iovec places[1000];
static unsigned count;

ssize_t readv(int fd, const struct iovec *parts, int n)
{
	ssize_t (*next)(int, const struct iovec *, int) = dlsym(RTLD_NEXT, "readv");
	ssize_t got = next(fd, parts, n);

	for (ssize_t i = 0, left = got; left > 0; left -= parts[i++].iov_len)
		places[count++ % 1000] = (struct iovec){
		    parts[i].iov_base,
		    (size_t)left < parts[i].iov_len ? (size_t)left : parts[i].iov_len};
	return got;
}

static int was_read_there(const char *byte)
{
	for (int i = 0; i < 1000; i++)
		if (byte >= (char *)places[i].iov_base &&
		    byte < (char *)places[i].iov_base + places[i].iov_len)
			return 1;
	return 0;
}

ssize_t writev(int fd, const struct iovec *parts, int n)
{
	ssize_t (*next)(int, const struct iovec *, int) = dlsym(RTLD_NEXT, "writev");
	static long copies;

	for (int i = 0; i < n; i++)
		for (size_t k = 0; k < parts[i].iov_len; k++)
			copies += !was_read_there((char *)parts[i].iov_base + k);

	FILE *file = fopen(getenv("COPIES"), "w");

	if (file) {
		fprintf(file, "%ld\n", copies);
		fclose(file);
	}
	return next(fd, parts, n);
}
