/*
 * Loaded with LD_PRELOAD into step 6: of the second and third write to sockets, they take $TAKES
 * bytes, as one does that has no room for more. 0: none, which is the error EAGAIN.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* Returns how many of n bytes that socket takes. */
static size_t room(int fd, size_t n)
{
	static int count;
	int type;
	socklen_t len = sizeof(type);
	size_t takes = atoi(getenv("TAKES"));

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0)
		return n;
	if (++count != 2 && count != 3)
		return n;
	errno = EAGAIN;
	return takes < n ? takes : n;
}

ssize_t send(int fd, const void *data, size_t n, int flags)
{
	ssize_t (*next)(int, const void *, size_t, int) = dlsym(RTLD_NEXT, "send");

	n = room(fd, n);
	return n > 0 ? next(fd, data, n, flags) : -1;
}

ssize_t write(int fd, const void *data, size_t n)
{
	ssize_t (*next)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");

	n = room(fd, n);
	return n > 0 ? next(fd, data, n) : -1;
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
	ssize_t (*next)(int, const struct iovec *, int) = dlsym(RTLD_NEXT, "writev");
	struct iovec first = parts[0];
	size_t n = room(fd, first.iov_len);

	if (n == first.iov_len)
		return next(fd, parts, count);
	first.iov_len = n;
	return n > 0 ? next(fd, &first, 1) : -1;
}
