"""What columns are called, in English and Chinese; compared by `names.normal`."""

# ruff: noqa: E501 - lines of tables are not broken

from __future__ import annotations

from keepwell.intake.matching.names import normal

# A name that belongs to several tables is decided by the table that fits the file best; a table that means
# something else by a column has names of its own for it.
COLUMNS: dict[str, str] = {
    "order_id": (
        "order id|order no|order number|order #|order|order_sn|invoice|invoice no|invoice number|transaction id"
        "|订单号|订单编号|订单id|订单号码|交易号|交易编号|单号|流水号|訂單號|訂單編號|訂單號碼|交易編號|交易序號|單號|流水號"
    ),
    "customer_id": (
        "customer id|customer no|customer number|customer|client id|client no|client number|user id|userid"
        "|member id|member no|member number|membership no|buyer id|account id|uid|cust id|custid|shopper id"
        "|客户编号|客户号|客户id|客户代码|会员编号|会员号|会员id|会员卡号|用户id|用户编号|用户号|买家id|买家编号|顾客编号"
        "|顾客id|客戶編號|客戶號|客戶id|客戶代碼|客戶代號|會員編號|會員號|會員id|會員卡號|用戶id|用戶編號|使用者編號"
        "|買家id|買家編號|買家帳號|買家账号|買家會員名|买家会员名|顧客編號|顧客id"
    ),
    "ordered_at": (
        "ordered at|order date|order time|order datetime|ordered on|order created at|invoice date|purchase date"
        "|purchased at|purchase time|transaction date|transaction time|paid at|payment date|created at|date"
        "|datetime|timestamp|time|下单时间|下单日期|订单时间|订单日期|订单创建时间|购买时间|购买日期|交易时间|交易日期"
        "|付款时间|付款日期|支付时间|消费时间|消费日期|成交时间|创建时间|日期|时间|下單時間|下單日期|訂單時間|訂單日期"
        "|訂單建立時間|訂單成立時間|訂單成立日期|購買時間|購買日期|交易時間|付款時間|支付時間|消費時間|消費日期|成交時間"
        "|建立時間|時間"
    ),
    "amount": (
        "amount|total|total amount|order total|order amount|order value|grand total|net amount|net total|revenue"
        "|sales|price paid|paid amount|payment|value|total price|sum|金额|订单金额|总金额|总额|实付金额|实付款|实收金额"
        "|支付金额|付款金额|消费金额|成交金额|应付金额|合计|买家实际支付金额|交易金额|金額|訂單金額|總金額|總額|訂單總額"
        "|實付金額|實付款|實收金額|支付金額|付款金額|消費金額|成交金額|應付金額|合計|買家實際支付金額|交易金額|费用|費用"
    ),
    "currency": "currency|currency code|币种|货币|幣種|幣別|貨幣|货币代码|貨幣代碼",
    "cost": "cost|order cost|cost of goods|cogs|unit cost|成本|订单成本|訂單成本|商品成本|成本价|成本價|单位成本|單位成本",
    "discount": (
        "discount|discount amount|order discount|coupon amount|promotion amount|折扣|折扣金额|优惠|优惠金额|折扣金額"
        "|優惠|優惠金額|优惠券金额|優惠券金額"
    ),
    "channel": (
        "channel|sales channel|order channel|source channel|medium|platform|渠道|销售渠道|订单渠道|下单渠道|购买渠道"
        "|平台|通路|銷售渠道|銷售通路|訂單渠道|訂單來源|订单来源|下單渠道|購買渠道|购买通路|購買通路|沟通渠道|溝通渠道"
    ),
    "store": "store|store id|store name|shop|shop name|branch|outlet|门店|店铺|店名|分店|門店|店鋪|门店名称|門店名稱|店铺名称|店鋪名稱|店舖",
    "campaign": "campaign|campaign id|campaign name|utm campaign|promotion|活动|营销活动|活動|行銷活動|營銷活動|活动名称|活動名稱",
    "status": "status|order status|state|payment status|financial status|状态|订单状态|狀態|訂單狀態|交易状态|交易狀態|支付状态|付款狀態",
    "line": "line|line no|line number|line id|item no|item number|order item id|row|行号|行號|项次|項次|序号|序號|明细序号|明細序號",
    "product_id": (
        "product id|product code|product no|sku|item id|item code|stock code|article|article no|variant sku|asin"
        "|goods id|商品编号|商品编码|商品id|商品代码|产品编号|产品id|货号|商品編號|商品編碼|商品代碼|商品代號|產品編號|產品id"
        "|貨號|商品货号|商品貨號"
    ),
    "quantity": "quantity|qty|units|count|pieces|item quantity|number|数量|件数|购买数量|商品数量|數量|件數|購買數量|商品數量",
    "unit_price": (
        "unit price|price|item price|price per unit|sale price|selling price|单价|价格|商品单价|售价|成交单价|單價|價格"
        "|商品單價|售價|成交單價|单位价格|單位價格"
    ),
    "price": "price|unit price|list price|retail price|标价|售价|价格|单价|原价|標價|售價|價格|單價|原價|定价|定價",
    "url": "url|link|product url|product link|permalink|product page|链接|商品链接|产品链接|商品网址|連結|商品連結|產品連結|商品網址",
    "image": (
        "image|image url|picture|picture url|photo|image src|product image|图片|商品图片|图片链接|主图|圖片|商品圖片|圖片連結|主圖"
    ),
    "availability": "availability|stock status|in stock|库存状态|上架状态|是否有货|庫存狀態|上架狀態|是否有貨",
    "category": (
        "category|product category|item category|product type|department|topic category|类别|类目|分类|商品类别|商品分类"
        "|品类|產品分類|类型|類別|類目|分類|商品類別|商品分類|品類|问题类型|問題類型"
    ),
    "name": (
        "name|full name|customer name|display name|product name|title|item name|description|product title|contact name"
        "|姓名|名字|客户姓名|客户名称|会员姓名|顾客姓名|名称|商品名称|商品名|商品标题|产品名称|客戶姓名|客戶名稱|會員姓名"
        "|顧客姓名|名稱|商品名稱|商品標題|產品名稱|收货人|收件人|收货人姓名|收件人姓名"
    ),
    "first_name": "first name|given name|forename|名",
    "last_name": "last name|surname|family name|姓|姓氏",
    "subscription_id": "subscription id|subscription no|subscription|contract id|订阅编号|订阅号|合同编号|訂閱編號|訂閱號|合約編號|合同編號",
    "started_at": "started at|start date|start|started on|begin date|subscribed at|开始时间|开始日期|订阅时间|起始日期|開始時間|開始日期|訂閱時間|起始日",
    "ended_at": "ended at|end date|end|ended on|cancelled at|canceled at|结束时间|结束日期|到期日|终止日期|結束時間|結束日期|到期日期|終止日期",
    "end_reason": "end reason|cancel reason|cancellation reason|churn reason|结束原因|取消原因|退订原因|結束原因|退訂原因|終止原因",
    "plan": "plan|plan name|plan id|package|tariff|套餐|方案|计划|資費方案|订阅方案|訂閱方案|計劃",
    "period": "period|billing period|interval|billing cycle|billing interval|周期|计费周期|付费周期|週期|計費週期|付費週期",
    "interaction_id": "interaction id|event id|session id|visit id|互动编号|事件编号|事件id|互動編號|事件編號|记录编号|紀錄編號",
    "at": (
        "at|date|time|datetime|timestamp|event time|event date|occurred at|created at|sent at|answered at|contacted at"
        "|时间|日期|发生时间|互动时间|事件时间|联系时间|发送时间|提交时间|回答时间|创建时间|時間|發生時間|互動時間|事件時間"
        "|聯絡時間|聯繫時間|發送時間|提交時間|回答時間|建立時間|填写时间|填寫時間"
    ),
    "type": "type|event|event type|event name|interaction type|action|activity|类型|互动类型|事件|事件类型|行为|行为类型|類型|互動類型|事件類型|行為|行為類型",
    "subject": "subject|page|url|object|topic|search term|主题|页面|对象|标题|主題|頁面|對象|物件|標題",
    "value": "value|score value|值|数值|數值|停留时长|停留時長",
    "properties": "properties|attributes|details|payload|属性|屬性|详情|詳情",
    "contact_id": "contact id|message id|touch id|触达编号|联系编号|消息编号|觸達編號|聯絡編號|訊息編號|消息編號",
    "play": "play|treatment|策略|措施",
    "journey": "journey|flow|旅程|流程",
    "arm": "arm|group|variant|segment|test group|组别|实验组|組別|實驗組",
    "propensity": "propensity|probability|概率|機率",
    "purpose": "purpose|contact purpose|message purpose|目的|用途|触达目的|联系目的|发送目的|觸達目的|聯絡目的|發送目的",
    "content": (
        "content|message content|template|template code|template id|template name|creative"
        "|内容|消息内容|发送内容|模板|模板编号|模板代码|短信模板|內容|訊息內容|發送內容|範本|範本編號|範本代碼|模板編號|簡訊範本"
    ),
    "ticket_id": "ticket id|ticket no|ticket number|ticket|case id|case number|complaint id|工单号|工单编号|投诉编号|工單號|工單編號|客訴編號|投訴編號",
    "event": "event|ticket event|action|ticket status|status|事件|工单状态|工單狀態|处理状态|處理狀態",
    "priority": "priority|severity|优先级|严重程度|優先級|優先順序|嚴重程度",
    "satisfaction": "satisfaction|satisfaction score|csat|rating|满意度|評分|评分|滿意度",
    "answer_id": "answer id|response id|submission id|回答编号|答卷编号|回答編號|答卷編號|问卷编号|問卷編號",
    "survey": "survey|survey id|survey name|questionnaire|问卷|调查|问卷名称|問卷|調查|問卷名稱",
    "metric": "metric|question type|score type|指标|指標|题型|題型",
    "score": "score|rating|nps|nps score|answer|stars|评分|得分|分数|打分|評分|分數",
    "topic": "topic|theme|subject|主题|话题|主題|話題",
    "sentiment": "sentiment|sentiment score|polarity|情感|情绪|情感得分|情感分數|情緒",
    "entry_id": "entry id|ledger id|points transaction id|积分流水号|積分流水號|积分记录编号|積分紀錄編號",
    "account": "account|account type|账户|帳戶|积分账户|積分帳戶",
    "points": "points|point|points change|积分|積分|点数|點數|积分变动|積分變動",
    "reason": "reason|note|memo|原因|备注|備註|说明|說明",
    # Not what somebody noted: that may be about anything.
    "contacts.reason": (
        "reason|bounce reason|refusal reason|failure reason|error code|error|原因|退回原因|退信原因|拒绝原因|失败原因|拒收原因"
        "|拒絕原因|失敗原因|錯誤代碼|错误代码"
    ),
    "expires_at": "expires at|expiry date|expiration date|expires on|过期时间|有效期|到期时间|過期時間|有效期限|到期時間",
    "cost_id": "cost id|expense id|费用编号|成本编号|費用編號|成本編號",
    "kind": "kind|cost type|cost kind|expense type|费用类型|成本类型|費用類型|成本類型",
    "email": "email|e-mail|mail|email address|e-mail address|邮箱|电子邮箱|电子邮件|邮件地址|電郵|電子郵件|電子信箱|信箱|郵箱|電郵地址|email信箱",
    "phone": "phone|mobile|telephone|tel|cell|phone number|mobile number|mobile phone|cellphone|手机|手机号|手机号码|电话|联系电话|联系方式|手機|手機號|手機號碼|電話|聯絡電話|電話號碼|电话号码|聯繫電話|行動電話",
    "wecom": "wecom|external userid|wecom id|企业微信|企业微信客户|企微|企业微信id|企业微信外部联系人|企業微信|企業微信客戶|企業微信外部聯絡人",
    "wechat": "wechat|openid|wechat openid|公众号openid|微信openid|公眾號openid",
    "whatsapp": "whatsapp|whatsapp number|whatsapp号码|whatsapp號碼",
    "gender": "gender|sex|性别|性別",
    "birth_on": "birth on|birthday|birth date|date of birth|dob|birthdate|生日|出生日期|出生年月日|出生年月",
    "country": "country|country code|nation|国家|国家地区|國家|國別|国别|國家地區",
    "region": "region|state|province|county|省|省份|地区|区域|州|地區|區域|省市|所在省份",
    "city": "city|town|customer city|城市|市|所在城市|縣市|县市",
    "language": "language|locale|lang|语言|語言|語系",
    "time_zone": "time zone|timezone|tz|时区|時區",
    "occupation": "occupation|job|profession|job title|职业|職業|岗位|職稱",
    "income": "income|income level|salary|收入|收入水平|年收入|月收入|收入水準",
    "company": "company|company name|organisation|organization|employer|公司|公司名称|单位|企业名称|公司名稱|企業名稱",
    "industry": "industry|sector|行业|行業|產業|产业",
    "acquired_at": (
        "acquired at|signup date|sign up date|signed up at|registered at|registration date|registration time|joined at"
        "|join date|member since|customer since|注册时间|注册日期|入会时间|入会日期|加入时间|开户日期|註冊時間|註冊日期"
        "|入會時間|入會日期|加入時間|加入日期|開戶日期"
    ),
    "acquisition_channel": "acquisition channel|signup channel|registration channel|referrer|lead source|获客渠道|注册渠道|来源渠道|獲客渠道|獲客通路|註冊渠道|來源渠道|来源通路",
    "acquisition_cost": "acquisition cost|cac|获客成本|獲客成本",
    "tags": "tags|labels|标签|標籤|客户标签|客戶標籤|客户等级|客戶等級",
    "source": "source|data source|collection source|来源|数据来源|采集来源|來源|資料來源|數據來源|收集來源|採集來源",
    "order_discount": "order discount|订单优惠|訂單優惠",
}

NAMES: dict[str, tuple[str, ...]] = {
    column: tuple(dict.fromkeys(normal(n) for n in (column.rpartition(".")[2], *synonyms.split("|"))))
    for column, synonyms in COLUMNS.items()
}
"""Normalised names of each column, the most telling first."""
