"""The duty of confidentiality that everybody takes on before customers' data opens (one text, versioned).

The texts are kept here and not in the catalogues of messages: what was acknowledged is the very text, whose
hash is recorded. A change of any text is a new version.
"""

from __future__ import annotations

import hashlib

VERSION = "2026-11"

TEXTS: dict[str, tuple[str, ...]] = {
    "en": (
        "I use what Keepwell shows me about customers for my work only, and look only at the customers whom "
        "my work concerns.",
        "I pass nothing on to anybody who does not need it for their work: no names, no contact data, no "
        "purchases, no remarks; not by word of mouth, not as a picture or file, not to friends or family.",
        "I keep my password, my second factor and my tokens to myself, and sign out where others can reach "
        "the screen.",
        "I report at once if data was lost, shown to the wrong person or asked for by somebody unknown.",
        "Keepwell records who looks at, changes, reveals and exports customers' data. These duties continue "
        "after I leave the company.",
    ),
    "zh-hans": (
        "我只为工作需要使用 Keepwell 中的客户信息，只查看与本人工作有关的客户。",
        "我不向任何无工作需要的人透露客户信息：姓名、联系方式、购买记录、备注都不外传；"
        "不口头转述，不截图、不导出给他人，也不告诉亲友。",
        "我妥善保管本人的密码、双重验证和令牌，不借给他人使用；离开他人可以看到的屏幕时先退出登录。",
        "一旦发现信息丢失、误给他人查看，或有身份不明的人索要信息，我立即报告。",
        "Keepwell 会记录谁查看、修改、显示明文和导出了客户信息。以上义务在我离职后继续有效。",
    ),
    "zh-hant": (
        "我只為工作需要使用 Keepwell 中的客戶資料，只查看與本人工作有關的客戶。",
        "我不向任何無工作需要的人透露客戶資料：姓名、聯絡方式、購買紀錄、備註都不外流；"
        "不口頭轉述，不截圖、不匯出給他人，也不告訴親友。",
        "我妥善保管本人的密碼、雙重驗證和權杖，不借給他人使用；離開他人看得到的螢幕時先登出。",
        "一旦發現資料遺失、誤給他人查看，或有身分不明的人索取資料，我立即通報。",
        "Keepwell 會記錄誰查看、修改、顯示明文和匯出了客戶資料。以上義務在我離職後繼續有效。",
    ),
}


def text(language: str) -> tuple[str, ...]:
    """The paragraphs in `language`, in English where there are none."""
    return TEXTS.get(language, TEXTS["en"])


def text_hash(language: str) -> str:
    """What identifies the very text: SHA-256 over version, language and paragraphs."""
    return hashlib.sha256("\n".join((VERSION, language, *text(language))).encode()).hexdigest()
