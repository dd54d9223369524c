"""The fixed forms of the text, in each of its languages.

In a place line, {} is a name or a piece of code, with its backticks: "in" … "top" begin one, the
others follow after a comma.
"""

LANGUAGES = {
    "en": {
        "first line": "English | [简体中文]({})",
        "sections": ["The idea", "Run it", "The code", "Look underneath", "Break it", "Exercises",
                     "Next"],
        "ladder": ["step", "new calls", "lines", "added"],
        "caption": r"\*\*Terminal ([1-9])\*\*( \(.+\))?:?",
        "in": "In {}",
        "new": "New, above {}",
        "whole": "The whole of {}",
        "top": "At the top",
        "the end": "the end of the file",
        "first": "first",
        "after": "after {}",
        "before": "before {}",
        "comma": ", ",
        "colon": ":",
    },
    "zh-CN": {
        "first line": "[English]({}) | 简体中文",
        "sections": ["思路", "跑起来", "代码", "看看底层", "改坏试试", "练习", "下一步"],
        "ladder": ["步骤", "新增调用", "行数", "增删"],
        "caption": r"\*\*终端 ([1-9])\*\*(（.+）)?：?",
        "in": "在 {} 中",
        "new": "新增，位于 {} 之前",
        "whole": "{} 全文",
        "top": "文件开头",
        "the end": "文件末尾",
        "first": "最前面",
        "after": "{} 之后",
        "before": "{} 之前",
        "comma": "，",
        "colon": "：",
    },
}
