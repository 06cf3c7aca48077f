"""Words of the owner's page, and of what owners say on the leaders' pages: key -> (Chinese, English)."""

from __future__ import annotations

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    "page.owner": ("工作台", "My feeds"),
    "owner.choose": ("请选择部门", "Choose your department"),
    "owner.choose_text": (
        "选择后，地址里会记住部门，可以收藏或发给同事。",
        "The address remembers the department: keep it, or send it to a colleague.",
    ),
    "owner.nothing": ("没有待办事项", "Nothing waits for you"),
    "owner.nothing_text": (
        "没有被扣留的批次、未通过的检查、可更正的拒收行或逾期的报送。下一次报送见下表。",
        "No batch is held, every check passed, no row could be corrected, nothing is overdue. What is due next stands"
        " below.",
    ),
    "owner.queue": ("待办", "To do"),
    "owner.queue_note": (
        "先按所影响的已发布指标（主要指标在前），再按报送期限排序",
        "By the published indicators that rest on it, headline ones first, then by deadline",
    ),
    "owner.done": ("已标为解决（{count} 项）", "Marked as resolved ({count})"),
    "owner.feeds": ("我的数据", "My tables"),
    "owner.feeds_note": ("{count} 张数据表，按下一次期限排序", "{count} tables, by their next deadline"),
    "owner.count_batch": ("扣留批次", "Batches held"),
    "owner.count_due": ("逾期缺报", "Overdue"),
    "owner.count_check": ("检查未通过", "Checks failing"),
    "owner.count_reject": ("拒收原因", "Reasons of rejection"),
    "owner.total": ("{count} 项待办", "{count} to do"),
    "owner.hurt": ("{count} 项指标", "{count} indicators"),
    "owner.hurt_headline": ("含主要指标 {count} 项", "{count} of them headline"),
    "owner.hurt_none": ("暂无指标使用", "no indicator uses it"),
    "owner.figures_label": ("已发布数值", "Published figures"),
    "owner.figures": ("{count} 个依据最近一批", "{count} rest on the newest batch"),
    "owner.rows": ("{count} 行", "{count} rows"),
    "owner.rows_at_least": ("至少 {count} 行", "at least {count} rows"),
    "owner.at_least": ("≥ {count}", "≥ {count}"),
    "owner.few_rows": ("少于 {count} 行", "fewer than {count} rows"),
    "owner.batches": ("{count} 个批次", "{count} batches"),
    "owner.kind_check": ("检查未通过", "Check failing"),
    "owner.kind_reject": ("行被拒收", "Rows rejected"),
    "owner.due_title": ("{end} 期的数据尚未到齐", "The data of the period to {end} are not complete"),
    "owner.back": ("返回待办", "Back to the list"),
    "owner.gone": ("该事项已不在待办中", "This item is no longer waiting"),
    "owner.gone_text": (
        "它已在最近一次发布前得到解决，或地址有误。",
        "It was settled before the last publication, or the address is wrong.",
    ),
    "owner.rule": ("规则", "Rule"),
    "owner.why": ("为什么查这一条", "Why it is checked"),
    "owner.remedy": ("怎么办", "What to do"),
    "owner.remedy_batch_rows": (
        "整批未采用，对外数字沿用上一次。下载更正表改正所列各行并上传，或更正原文件后按原渠道整份重报。",
        "The whole batch is kept out and the published figures stay at their last state. Correct the rows in the"
        " workbook, or mend the file and send it whole the usual way.",
    ),
    "owner.remedy_batch_file": (
        "问题在整份文件，不能逐行更正。请按上述原因更正原文件，按原渠道整份重报。",
        "The file as a whole is at fault. Mend it as said above and send it whole the usual way.",
    ),
    "owner.remedy_rows": (
        "所列各行未计入数字，其余行已入库。下载更正表，改正后上传；无须重报整份文件。",
        "These rows are not counted, the others are. Download the workbook, correct it and upload it; the file need"
        " not be sent again.",
    ),
    "owner.remedy_check": (
        "数据已入库但存疑。核对后更正，或在下方说明原因。",
        "The data are in, but doubtful. Look at them; correct them, or explain them below.",
    ),
    "owner.remedy_due": (
        "请尽快按原渠道报送；如需时间，请在下方说明原因并承诺日期，领导页面会同时显示。",
        "Send it the usual way. If you need time, explain and promise a day below: leaders see it at once.",
    ),
    "owner.uses": ("受影响的指标", "Indicators that rest on it"),
    "owner.failing_rows": ("不合格行", "Failing rows"),
    "owner.failing_rows_note": (
        "受保护的字段显示为 ***；列出样例，更正表含全部",
        "Protected fields are masked; these are samples, the workbook has all",
    ),
    "owner.suppressed": (
        "该表含个人信息，且不合格行少于 {count} 行，页面不列出内容；更正表里有位置和可公开的字段。",
        "The table holds personal data and fewer than {count} rows fail, so that the page does not list them; the"
        " workbook has their places and the fields that may be shown.",
    ),
    "owner.correct": ("更正", "Correct"),
    "owner.correct_note": ("下载、填写、上传，立即预检", "Download, fill in, upload; it is checked at once"),
    "owner.choose_batch": ("批次", "Batch"),
    "owner.download": ("下载更正表（Excel）", "Download the workbook (Excel)"),
    "owner.file_name": ("更正_{stem}.xlsx", "correction_{stem}.xlsx"),
    "owner.upload": ("上传填好的更正表", "Upload the filled-in workbook"),
    "owner.checking": ("正在按数据合同预检…", "Checking it by the contract..."),
    "owner.ready": ("预检通过，可以提交", "It passed and can be sent"),
    "owner.ready_text": (
        "更正 {corrected} 行，删除 {removed} 行。采纳后本批入库 {admitted} 行，"
        "仍不合格 {rejected} 行（原来 {before} 行）。",
        "{corrected} rows corrected, {removed} left out. The batch will have {admitted} rows, {rejected} still rejected"
        " (before: {before}).",
    ),
    "owner.not_ready": ("还有 {count} 处需要更正", "{count} more to correct"),
    "owner.not_ready_text": (
        "什么也没有保存。请按下表改正更正表后重新上传。",
        "Nothing was kept. Correct the workbook as said below and upload it again.",
    ),
    "owner.warnings": ("提示（不妨碍提交）", "Worth a look (it can be sent all the same)"),
    "owner.refused": ("无法预检这个文件", "This file cannot be checked"),
    "owner.send": ("确认提交更正", "Send the correction"),
    "owner.sent": ("更正已提交", "The correction is sent"),
    "owner.sent_text": (
        "{by} 于 {at} 提交《{file}》，更正 {corrected} 行、删除 {removed} 行。"
        "下一次运行时作为更正批次入库并取代原批次，相关数字随后重新发布并注明修订原因。",
        "{by} sent {file} at {at}: {corrected} rows corrected, {removed} left out. The next run takes it in, in place"
        " of the batch; the figures are then published anew with the reason of their revision.",
    ),
    "owner.name": ("姓名", "Your name"),
    "owner.name_help": (
        "本平台没有账户：姓名由您填写，随记录保存。",
        "There are no accounts here: the name is what you type, and is kept with the record.",
    ),
    "owner.vouched": ("以 {name} 的身份记录（由统一登录提供）", "Recorded as {name}, as the login service says"),
    "owner.say": ("跟进", "Follow-up"),
    "owner.say_note": (
        "说明和承诺日期立即显示在领导页面，记录不可更改",
        "Explanation and promised day are on the leaders' pages at once; the record cannot be changed",
    ),
    "owner.action": ("要做什么", "What to do"),
    "owner.action_acknowledged": ("已知悉", "Acknowledge"),
    "owner.action_explained": ("说明原因", "Explain"),
    "owner.action_promised": ("承诺日期", "Promise a day"),
    "owner.action_resolved": ("标为已解决", "Mark as resolved"),
    "owner.did_acknowledged": ("已知悉", "acknowledged"),
    "owner.did_explained": ("说明", "explained"),
    "owner.did_promised": ("承诺 {day} 前解决", "promised by {day}"),
    "owner.did_resolved": ("标为已解决", "resolved"),
    "owner.explanation": ("说明（领导可见）", "Explanation (leaders see it)"),
    "owner.promised_on": ("承诺解决日期", "Resolved by"),
    "owner.record": ("记录", "Record it"),
    "owner.recorded": ("已记录。", "Recorded."),
    "owner.history": ("历史", "History"),
    "owner.no_history": ("还没有跟进记录", "Nobody has followed it up yet"),
    "owner.promise": ("承诺 {day}", "promised {day}"),
    "owner.promise_broken": ("承诺 {day}，已过期", "promised {day}, which has passed"),
    "owner.delivery": ("责任人更正（工作台）", "the owner's correction (My feeds)"),
    "owner.waiting": ("更正待入库", "correction waiting"),
    "owner.of": ("部门说明：{text}", "The department says: {text}"),
    "owner.explained_title": ("部门说明", "What the department says"),
    "column.owner_item": ("事项", "Item"),
    "column.owner_hurt": ("影响", "Hurts"),
    "column.owner_due": ("报送期限", "Was due"),
    "column.owner_follow_up": ("跟进", "Follow-up"),
    "column.owner_next": ("下一次期限", "Due next"),
    "column.owner_next_period": ("所报期末", "Period to"),
    "column.owner_held": ("扣留", "Held"),
    "column.owner_failing": ("检查", "Checks"),
    "column.owner_rejected": ("拒收行", "Rejected"),
    "column.owner_line": ("更正表行", "Line"),
    "column.owner_place": ("原文件位置", "Place in the file"),
    "column.owner_problem": ("问题", "What is wrong"),
}
