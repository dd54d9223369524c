"""What the figures say, in English and in Chinese: whole sentences, filled in from the recording.

{client}: such as "client 7"; {bytes}: of this moment; {left}: in the output buffer. **bold** is the
only mark. Both languages have the same holes: tests/story/telling.bats asks."""

import re

LANGUAGES = ("en", "zh-CN")

WORDS = {
    # waiting
    "wait": (
        "Nothing is left to do. The thread **sleeps in the kernel** again.",
        "没事可做，线程又**睡在内核里**。"),
    "wait.first": (
        "Nobody has sent anything. The loop waits: its thread **sleeps in the kernel**, and costs nothing.",
        "还没有人发来什么。循环在等：线程**睡在内核里**，不占 CPU。"),
    "wait.one": (
        "One client is connected. The thread **sleeps in the kernel**.",
        "连着一个客户端，线程**睡在内核里**。"),
    "wait.both": (
        "Two clients are connected. The thread **sleeps in the kernel**.",
        "连着两个客户端，线程**睡在内核里**。"),
    "wait.listen": (
        "Two events are pending: the listening socket and Ctrl-C. The thread **sleeps in the kernel**.",
        "已登记两个事件：监听套接字和 Ctrl-C。线程**睡在内核里**。"),
    "wait.timer": (
        "The loop waits again, but for **{ms} ms** at most: then the timer is due.",
        "循环又在等，但至多等 **{ms} 毫秒**：到时定时器就到期了。"),
    "wait.full": (
        "The kernel takes what it can. Then the thread sleeps: {left} wait until {client} reads.",
        "内核能收的都收下了。线程睡下：{left}要等{client}来读。"),
    "wait.all": (
        "Four threads, **four loops**: each sleeps in the kernel, for its own events.",
        "四个线程，**四个循环**：各睡在内核里，等自己的事件。"),
    # one client's bytes
    "send": (
        "{client} sends {bytes}. They lie in the kernel, and **wake the thread**.",
        "{client}发来 {bytes}。它们先放在内核里，并**叫醒线程**。"),
    "pull": (
        "libevent moves {bytes} from the kernel into {client}'s **input buffer**.",
        "libevent 把 {bytes}从内核搬进{client}的**输入缓冲区**。"),
    "pull.again": (
        "…and libevent goes on with what has waited: {bytes}.",
        "……libevent 接着读一直等在那里的字节：{bytes}。"),
    "on_read": (
        "…and calls **your** callback: on_read, for {client}.",
        "……然后调用**你的**回调：{client}的 on_read。"),
    "on_read.last": (
        "Now it is {client}'s turn: on_read. **One thread, one callback at a time.**",
        "现在轮到{client}：on_read。**一个线程，一次只执行一个回调。**"),
    "take": (
        "bufferevent_read takes them out: {bytes} are in your hands.",
        "bufferevent_read 把它们取出来：{bytes}在你手里。"),
    "take.called": (
        "It calls your on_read, which takes them out: {bytes} are in your hands.",
        "它调用你的 on_read，on_read 把它们取出来：{bytes}在你手里。"),
    "give": (
        "bufferevent_write only fills the **output buffer**, and adds EV_WRITE. **Nothing is sent yet.**",
        "bufferevent_write 只是填进**输出缓冲区**，并登记 EV_WRITE。**还什么都没有发。**"),
    "ready.w": (
        "on_read has returned. The loop asks the kernel again: {client} **can be written to**.",
        "on_read 返回了。循环再问内核：{client}**可写**。"),
    "push": (
        "libevent sends {bytes}. The output buffer is empty, so EV_WRITE is no longer pending.",
        "libevent 发出 {bytes}。输出缓冲区空了，于是不再登记 EV_WRITE。"),
    "on_write": (
        "All is sent: libevent calls on_write, for {client}.",
        "全部发完：libevent 调用{client}的 on_write。"),
    "recv": (
        "{client} reads its echo. It took **two turns** of the loop.",
        "{client}读到了自己的回显。前后用了**两轮循环**。"),
    # one client, and a callback that takes nothing
    "kept": (
        "on_read takes nothing. What libevent has read **stays in the input buffer**.",
        "on_read 什么也不取。libevent 读来的字节**留在输入缓冲区里**。"),
    "kept.wait": (
        "The event watches the kernel, and there is **nothing left** there. So the thread sleeps: no flood.",
        "事件盯的是内核那边，那边**已经空了**。所以线程睡下，没有刷屏。"),
    "kept.more": (
        "…and calls on_read: **new bytes came**. The old ones are still there.",
        "……再调用 on_read：**来了新字节**。旧的还在。"),
    "shut.word": (
        "{client} closes its **sending half**.",
        "{client}关闭**写方向**。"),
    "free.own": (
        "on_event frees the bufferevent. It owns the descriptor: the loop will **close** it.",
        "on_event 释放 bufferevent。描述符归它所有，循环随后就**关闭**描述符。"),
    # two clients
    "send.busy": (
        "{client} sends {bytes}, and **nobody looks**: there is one thread, and it is with {other}.",
        "{client}发来 {bytes}，但**没人理会**：线程只有一个，正忙着处理{other}。"),
    "return": (
        "on_read returns. **Only now** can the loop look at {other}.",
        "on_read 返回。循环**到现在**才能去看{other}。"),
    "ready.two": (
        "The loop need not sleep: {client} can be written to, **and** {other} can be read.",
        "循环不用睡：{client}可写，**而且**{other}可读。"),
    # the pause
    "connect": (
        "A client connects. The kernel puts it into the **backlog**, and wakes the thread.",
        "一个客户端连上来。内核把它排进**全连接队列**，并叫醒线程。"),
    "on_connection": (
        "The loop calls on_connection. It can't accept yet, so it would be called again **in every turn**.",
        "循环调用 on_connection。它还不会接受客户端，于是**每一轮**都会再调用它。"),
    "timer": (
        "So it pauses. First it adds the **timer**: due in {ms} ms.",
        "所以先暂停。首先登记**定时器**：{ms} 毫秒以后到期。"),
    "listener.off": (
        "Then event_del: the loop **no longer watches** the listening socket. The client still waits.",
        "然后 event_del：循环**不再关心**监听套接字。客户端还等着。"),
    "connect.unheard": (
        "A second client connects. The kernel lets it in, but **nobody is woken**: no event asks for it.",
        "又连上来一个客户端。内核让它进来，但**谁也没有醒**：没有事件在等它。"),
    "time.up": (
        "The time is up. No descriptor is ready: **the timer** ends the wait.",
        "时间到了。没有描述符就绪：是**定时器**结束了等待。"),
    "on_resume": (
        "The loop calls on_resume. A timer is one-shot: it is no longer pending.",
        "循环调用 on_resume。定时器是一次性的，已经不再登记。"),
    "listener.on": (
        "on_resume adds the listening socket again. **Two** clients wait by now.",
        "on_resume 重新登记监听套接字。这时已有**两个**客户端在等。"),
    "ready.listener": (
        "It is ready **at once**: the clients are still there.",
        "它**马上**就绪：客户端还在那里。"),
    "listener.off.again": (
        "on_connection pauses again. Once a second instead of a million times.",
        "on_connection 又暂停。一秒一次，而不是一百万次。"),
    # a client that never reads
    "send.much": (
        "{client} sends and sends: {sent} so far. And it **reads nothing**.",
        "{client}发个不停，已经发了 {sent}，却**什么也不读**。"),
    "send.all": (
        "{client} sends {bytes}, and reads nothing for now.",
        "{client}发来 {bytes}，暂时什么也不读。"),
    "drain": (
        "on_read takes all of it, and writes it back: {left} are in the output buffer.",
        "on_read 全部取出，再写回去：输出缓冲区里有 {left}。"),
    "push.some": (
        "The kernel still takes {bytes}. It can hold some for a client that does not read.",
        "内核还收下 {bytes}。客户端不读，内核也能替客户端存一些。"),
    "fold.out": (
        "**{times} times the same.** Now the kernel is full, too: {left} wait in the output buffer.",
        "**同样的事再来 {times} 次。**内核也满了：输出缓冲区里等着 {left}。"),
    "read.off": (
        "64 KiB wait for {client}. So on_read **stops reading** from it: EV_READ is no longer pending.",
        "有 64 KiB 等着发给{client}，所以 on_read **不再读它**：不再登记 EV_READ。"),
    "blocks": (
        "{client}'s own kernel is full, too: its next write **blocks**. That is back-pressure.",
        "{client}自己的内核也满了，下一次写就**阻塞**。这就是背压。"),
    "send.other": (
        "{client} says hi, while {other} is stuck…",
        "{other}卡着的时候，{client}说了声 hi……"),
    "recv.other": (
        "…and reads its echo at once. **Nobody else has to wait.**",
        "……马上就读到回显。**别人都不用等。**"),
    "recv.much": (
        "{client} reads at last: {got}. There is room again, and that wakes the thread.",
        "{client}终于读了 {got}。又有空位了，线程醒来。"),
    "fold.drain": (
        "The kernel takes the rest, too, for {client} to read later. **The output buffer is empty.**",
        "剩下的内核也收下了，等{client}以后来读。**输出缓冲区空了。**"),
    "read.on": (
        "on_write is called, and turns reading **on** again: EV_READ…",
        "libevent 调用 on_write，它**重新开始读**：EV_READ……"),
    # half-close
    "shut": (
        "It closes its **sending half**: “I am done. But I still listen.”",
        "它关闭**写方向**：“我说完了，但还在听。”"),
    "fold.in": (
        "**{times} times on_read:** all of it is read and written back. {left} wait in the output buffer.",
        "**on_read 执行 {times} 次：**全部读出、写回。输出缓冲区里等着 {left}。"),
    "on_event": (
        "Now libevent meets the end: on_event, with BEV_EVENT_EOF.",
        "这时 libevent 读到了结尾：on_event，带着 BEV_EVENT_EOF。"),
    "setcb": (
        "Freeing it now would **lose {left}**. So on_last_write is to be called when all is sent.",
        "现在就释放，会**丢掉 {left}**。所以改为：全部发完时，调用 on_last_write。"),
    "push.left": (
        "libevent sends {bytes}. {left} are left.",
        "libevent 发出 {bytes}，还剩 {left}。"),
    "free": (
        "The last byte is in the kernel: on_last_write **frees {client}**. The kernel goes on sending.",
        "最后一个字节进了内核：on_last_write **释放{client}**。内核会接着发。"),
    "recv.all": (
        "{client} has read {got}, and its connection ends. **No byte is lost.**",
        "{client}读到了 {got}，然后连接才结束。**一个字节也没丢。**"),
    # threads
    "connect.main": (
        "A client connects. That wakes the **main thread**.",
        "一个客户端连上来，叫醒**主线程**。"),
    "accept": (
        "on_connection accepts it: {client}. But it does **not** serve it…",
        "on_connection 接受它：{client}。但它**不**为它服务……"),
    "handover": (
        "…it writes the number {fd} into **worker {worker}'s pipe**, and is free again.",
        "……只把 {fd} 这个数写进**工作线程 {worker} 的管道**，就又空闲了。"),
    "takeover": (
        "The pipe wakes worker {worker}: on_handover reads the number.",
        "管道叫醒工作线程 {worker}：on_handover 读出这个数。"),
    "serve": (
        "It serves {client} **on its own base**. No other thread will touch it.",
        "它在**自己的 base** 上为{client}服务。别的线程再也不会碰它。"),
    "serve.all": (
        "The same for the next two, in turn: workers 2 and 3.",
        "接下来的两个也一样，依次交给工作线程 2 和 3。"),
    "each.sends": (
        "All three clients send, and three threads wake.",
        "三个客户端都发来字节，三个线程醒来。"),
    "each.pull": (
        "Each loop reads **its own** client.",
        "每个循环读**自己的**客户端。"),
    "each.on_read": (
        "Three on_read run **at the same time**. Nobody waits for another.",
        "三个 on_read **同时**在执行，谁也不等谁。"),
    "each.give": (
        "Each writes back, into its own client's output buffer. So there are **no locks**.",
        "各自写回自己客户端的输出缓冲区，所以**不用锁**。"),
    "each.push": (
        "Each sends.",
        "各自发送。"),
    "each.recv": (
        "Three echoes, from three threads.",
        "三份回显，来自三个线程。"),
    # a callback that sleeps
    "sleeps": (
        "Five clients, **one thread**, and an on_read that sleeps two seconds. It is with A.",
        "五个客户端，**一个线程**，on_read 每次睡两秒。线程正忙着处理 A。"),
    "sleeps.one": (
        "{letter} has its echo after {s} seconds. Nobody else has been looked at.",
        "{letter} 在 {s} 秒后收到回显。这期间没人理会别的客户端。"),
    "sleeps.two": (
        "{letter} has its echo after {s} seconds. It came a moment after A, and **waited** for A's on_read.",
        "{letter} 在 {s} 秒后收到回显。它只比 A 晚来一会儿，却要**等** A 的 on_read。"),
    "sleeps.close": (
        "And {letter}'s connection ends (✕) only after **{s} seconds**: before the loop closed it, C's on_read slept.",
        "{letter} 的连接到第 **{s} 秒**才结束（✕）：循环关闭它之前，C 的 on_read 又睡了两秒。"),
    "sleeps.last": (
        "{letter} waits for **{s} seconds**, of which its own on_read took two.",
        "{letter} 等了 **{s} 秒**，其中自己的 on_read 只占两秒。"),
}

LABELS = {
    "code": ("your code", "你的代码"), "libevent": ("libevent", "libevent"),
    "kernel": ("kernel", "内核"), "clients": ("clients", "客户端"),
    "input": ("input buffer", "输入缓冲区"), "output": ("output buffer", "输出缓冲区"),
    "in": ("input", "输入"), "out": ("output", "输出"),
    "received": ("received", "已收到"), "unsent": ("to send", "待发送"),
    "backlog": ("backlog", "全连接队列"), "pipe": ("pipe", "管道"),
    "client": ("client {n}", "客户端 {n}"), "new": ("a client", "客户端"),
    "listener": ("listening socket", "监听套接字"), "timer": ("timer", "定时器"),
    "interrupt": ("Ctrl-C", "Ctrl-C"), "pending": ("pending", "已登记"),
    "off": ("not pending", "未登记"), "due": ("in {n} ms", "还有 {n} 毫秒"),
    "worker": ("worker {n}", "工作线程 {n}"), "main": ("main thread", "主线程"),
    "sent": ("sent", "已发"), "got": ("read", "已读"), "own": ("its kernel", "它的内核"),
    "blocked": ("blocked", "阻塞"), "half": ("sends no more", "不再发"),
    "thread": ("thread", "线程"), "waits": ("waits", "在等"),
    "ends": ("✕ {n} s", "✕ {n} 秒"), "seconds": ("{n} s", "{n} 秒"),
}

TITLES = {
    "echo": ("One echo", "一次回显"),
    "two-clients": ("Two clients, one thread", "两个客户端，一个线程"),
    "reads": ("Who reads, and when", "谁在读，什么时候读"),
    "pause": ("The pause of step 3", "第 3 步的暂停"),
    "never-reads": ("A client that never reads", "从来不读的客户端"),
    "half-close": ("A client that only stops sending", "只是不再发的客户端"),
    "handover": ("One thread accepts, three serve", "一个线程接受，三个线程服务"),
    "sleeps": ("Five clients, and a callback that sleeps", "五个客户端，一个会睡的回调"),
}


def fill(text, language, values):
    """Fills the holes; Chinese gets a space between itself and Latin."""
    text = re.sub(r"\{(\w+)\}", lambda m: str(values[m.group(1)]), text)
    if language == "en":
        return re.sub(r"(^|\. )(\**)client", lambda m: m.group(1) + m.group(2) + "Client", text)
    han = "[\u4e00-\u9fff]"
    text = re.sub(rf"({han})(\*\*)?(?=[0-9A-Za-z])", r"\1\2 ", text)
    return re.sub(rf"([0-9A-Za-z])(\*\*)?(?={han})", r"\1\2 ", text)


def say(key, language, **values):
    return fill(WORDS[key][LANGUAGES.index(language)], language, values)


def label(key, language, n=None):
    return LABELS[key][LANGUAGES.index(language)].replace("{n}", str(n))


def count(n, language):
    return f"{n:,} 字节" if language == "zh-CN" else f"{n:,} byte{'' if n == 1 else 's'}"
