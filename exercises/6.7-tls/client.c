/*
 * usage: client PORT [1.2] <input
 * Sends its input by TLS (1.2, if that is given), says goodbye (close_notify), and only then reads:
 * prints what comes until the server says goodbye as well. Exits with 1 if it does not, as TLS
 * demands.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct sockaddr_in addr = {.sin_family = AF_INET,
				   .sin_port = htons(atoi(argv[1])),
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	SSL *ssl = SSL_new(SSL_CTX_new(TLS_client_method()));
	char data[65536];
	int n;

	if (argc == 3)
		SSL_set_max_proto_version(ssl, TLS1_2_VERSION);
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 || SSL_set_fd(ssl, fd) != 1 ||
	    SSL_connect(ssl) != 1)
		return 1;
	while ((n = read(STDIN_FILENO, data, sizeof(data))) > 0)
		if (SSL_write(ssl, data, n) != n)
			return 1;
	SSL_shutdown(ssl);
	while ((n = SSL_read(ssl, data, sizeof(data))) > 0)
		if (write(STDOUT_FILENO, data, n) != n)
			return 1;
	return SSL_get_error(ssl, n) == SSL_ERROR_ZERO_RETURN ? 0 : 1;
}
