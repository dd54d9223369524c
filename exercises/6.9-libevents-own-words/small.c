/* Loaded into the program: the sockets of clients have little room for what is sent. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/socket.h>

int accept4(int fd, struct sockaddr *addr, socklen_t *len, int flags)
{
	int (*next)(int, struct sockaddr *, socklen_t *, int) = dlsym(RTLD_NEXT, "accept4");
	int client_fd = next(fd, addr, len, flags);
	int size = 4096;

	if (client_fd >= 0)
		setsockopt(client_fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	return client_fd;
}
