"""What the figures say, in English and in Chinese. The sentences of the moments are in scenes.txt."""

import re

LANGUAGES = ("en", "zh-CN")
# Both languages have the same holes: tests/story/telling.bats asks.
LABELS = {
    "code": ("your code", "你的代码"), "libevent": ("libevent", "libevent"), "band": ("loop", "循环"),
    "kernel": ("kernel", "内核"), "clients": ("clients", "客户端"),
    "input": ("input buffer", "输入缓冲区"), "output": ("output buffer", "输出缓冲区"),
    "in": ("input", "输入"), "out": ("output", "输出"),
    "received": ("received", "已收到"), "underway": ("on its way", "在途"),
    "backlog": ("backlog", "全连接队列"), "pipe": ("pipe", "管道"),
    "client": ("client {n}", "客户端 {n}"), "new": ("a client", "客户端"),
    "on_connection": ("listening socket", "监听套接字"), "on_resume": ("timer", "定时器"),
    "on_interrupt": ("Ctrl-C", "Ctrl-C"), "pending": ("pending", "已登记"),
    "off": ("not pending", "未登记"), "due": ("in {n} ms", "还有 {n} 毫秒"),
    "worker": ("worker {n}", "工作线程 {n}"), "main": ("main thread", "主线程"),
    "sent": ("sent", "已发"), "got": ("read", "已读"), "own": ("its kernel", "它的内核"),
    "blocked": ("blocked", "阻塞"), "half": ("sends no more", "不再发"),
    "gone": ("connection ended", "连接已结束"),
    "thread": ("thread", "线程"), "waits": ("waits", "在等"),
    "ends": ("ends {n} s", "{n} 秒结束"), "seconds": ("{n} s", "{n} 秒"),
    "answered": ("echo {n} s", "{n} 秒回显"),
    "bytes": ("{n} bytes", "{n} 字节"),
}


def label(key, language, n=""):
    return LABELS[key][LANGUAGES.index(language)].replace("{n}", str(n))


def say(sentences, language, values):
    """Fills the holes; Chinese gets a space between itself and Latin."""
    said = sentences[LANGUAGES.index(language)].format(**values)
    if language == "en":
        return re.sub(r"(^|\. )(\**)client", r"\1\2Client", said)
    han = "[\u4e00-\u9fff]"
    said = re.sub(rf"({han})(\*\*)?(?=[0-9A-Za-z])", r"\1\2 ", said)
    return re.sub(rf"([0-9A-Za-z])(\*\*)?(?={han})", r"\1\2 ", said)
