/* Loaded into the program: bytes come one by one, as from a client that is slow to type. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

/* How libevent 2.1 asks how much there is, and reads it. */
int ioctl(int fd, unsigned long request, ...)
{
	int (*real)(int, unsigned long, ...) = dlsym(RTLD_NEXT, "ioctl");
	va_list arguments;
	void *argument;
	int result;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	result = real(fd, request, argument);
	if (request == FIONREAD && result == 0 && *(int *)argument > 1)
		*(int *)argument = 1;
	return result;
}

ssize_t readv(int fd, const struct iovec *pieces, int count)
{
	return read(fd, pieces[0].iov_base, pieces[0].iov_len > 0);
}
