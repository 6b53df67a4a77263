"""Korean for what Toybox knows: the table that `engine.run.korean` reads. Words are separated by commas; the first is
the one that is suggested. Spaces inside a word are left out: prompts may have them or not."""

from __future__ import annotations

COLOURS = {
    "red": "빨간, 빨강, 빨갛고, 붉은, 새빨간, 시뻘건, 적, 진홍, 다홍, 주홍, 레드",
    "orange": "주황, 주황빛, 귤, 살구, 오렌지",
    "yellow": "노란, 노랑, 노랗고, 누런, 샛노란, 황, 금, 황금, 금빛, 개나리, 레몬, 골드, 옐로, 옐로우",
    "green": "초록, 녹, 풀, 쑥, 그린",
    "teal": "청록, 옥, 민트, 에메랄드, 틸",
    "blue": "파란, 파랑, 파랗고, 푸른, 새파란, 청, 하늘, 군청, 코발트, 쪽, 스카이블루, 블루",
    "purple": "보라, 연보라, 자주, 자, 남보라, 보랏빛, 라벤더, 퍼플",
    "pink": "분홍, 연분홍, 진분홍, 분홍빛, 핑크",
    "brown": "갈, 밤, 고동, 흙, 커피, 초콜릿, 브라운",
    "black": "검은, 검정, 검고, 까만, 까망, 까맣고, 새까만, 시커먼, 흑, 먹, 블랙",
    "white": "하얀, 하양, 하얗고, 흰, 희고, 새하얀, 백, 은, 은빛, 상아, 아이보리, 미색, 우유, 실버, 화이트",
    "gray": "회, 잿빛, 재, 쥐, 그레이",
    "lime": "연두, 라임",
    "cyan": "시안, 사이안",
    "magenta": "자홍, 마젠타",
    "beige": "베이지",
    "navy": "남, 네이비, 감",
    "maroon": "버건디, 와인",
    "olive": "올리브, 카키",
}
"""Each may be followed by 색, "colour"; those of which this is the only form are in NEED_COLOUR."""
NEED_COLOUR = set(
    "적 귤 살구 황 금 개나리 레몬 녹 풀 쑥 옥 민트 청 하늘 남 감 쪽 자 갈 밤 고동 흙 커피 초콜릿 흑 먹 백 은 우유 회 재 쥐 와인 라벤더"
    " 상아 라임 올리브 에메랄드".split()
)
"""What names a colour only before 색: 은색 is silver, 은 a particle."""
SHADES = {
    "light": "밝은, 연한, 옅은, 흐린, 라이트", "dark": "어두운, 짙은, 다크", "deep": "진한, 깊은",
    "vivid": "선명한, 강렬한, 쨍한", "pastel": "파스텔, 파스텔톤",
}
"""What is said of a colour; alone it means nothing."""
OBJECTS = {
    "ball": "공, 구, 구체, 구슬, 동그란 공", "cube": "정육면체, 큐브, 육면체, 입방체, 상자, 박스, 블록",
    "cylinder": "원기둥, 원통, 실린더", "cone": "원뿔, 고깔", "mushroom": "버섯, 독버섯, 송이버섯",
    "donut": "도넛, 도너츠, 도너스", "tree": "나무, 소나무, 전나무, 침엽수", "bottle": "병, 유리병, 물병, 술병",
    "mug": "머그컵, 머그, 머그잔, 컵, 찻잔, 커피잔, 커피컵, 커피 머그", "chair": "의자", "snowman": "눈사람",
    "car": "자동차, 차, 승용차", "duck": "오리", "robot": "로봇, 로보트, 안드로이드",
    "rocket": "로켓, 로케트, 우주선, 우주 로켓", "house": "집, 주택", "table": "탁자, 테이블, 식탁",
    "lamp": "램프, 전등, 스탠드, 전기 스탠드, 탁상 램프, 탁상등", "sofa": "소파, 쇼파, 카우치", "cactus": "선인장",
    "boat": "배, 돛단배, 돛배, 보트, 범선", "fish": "물고기, 생선", "cake": "케이크, 케익, 케잌",
    "ice-cream": "아이스크림, 아이스크림콘, 콘 아이스크림, 젤라토", "star": "별, 별 모양", "heart": "하트, 하트 모양, 심장",
    "bowl": "그릇, 사발, 대접", "stool": "스툴, 걸상, 등받이 없는 의자", "vase": "꽃병, 화병",
    "barbell": "바벨, 역기, 덤벨, 아령", "lighthouse": "등대", "key": "열쇠", "crown": "왕관", "hammer": "망치, 해머",
    "book": "책, 서적", "clock": "시계, 알람 시계, 탁상 시계, 자명종", "flower": "꽃", "palm": "야자수, 야자나무, 코코넛 나무",
    "castle": "성, 성채, 성탑, 탑", "bed": "침대", "teapot": "찻주전자, 주전자, 티포트, 티팟", "bus": "버스, 시내버스",
    "aeroplane": "비행기, 항공기, 여객기", "train": "기차, 열차, 기관차, 증기 기관차", "cat": "고양이, 야옹이, 냥이",
}
PARTS = {
    "handle": "손잡이, 자루", "roof": "지붕", "door": "문, 대문, 성문", "lantern": "등불, 랜턴, 등롱",
    "limbs": "팔다리, 사지", "wings": "날개", "fins": "지느러미", "tail": "꼬리", "legs": "다리",
    "seat": "좌석, 방석, 앉는 부분", "pillow": "베개", "stand": "받침대, 받침, 기둥, 지지대", "foot": "굽, 받침, 밑받침",
    "cap": "뚜껑, 병뚜껑, 마개, 병마개", "rim": "테두리, 테, 입구", "lid": "뚜껑", "stem": "줄기, 자루, 기둥",
    "trunk": "줄기, 몸통, 기둥, 나무줄기", "pot": "화분", "centre": "가운데, 중심, 꽃술, 한가운데",
    "scarf": "목도리, 스카프, 머플러", "base": "밑부분, 바닥, 아랫부분", "cone": "콘", "icing": "아이싱, 크림, 생크림, 당의",
    "bar": "봉, 막대, 바", "pages": "속지, 책장, 페이지", "face": "문자판, 시계판", "shaft": "몸통, 자루, 축",
    "gems": "보석", "nose": "앞부분, 코, 앞코, 뾰족한 끝", "sail": "돛", "chimney": "굴뚝",
}
PART_OF = {
    "house": "roof", "castle": "door", "lighthouse": "lantern", "robot": "limbs", "duck": "wings", "fish": "fins",
    "cat": "tail", "table": "legs", "chair": "legs", "stool": "legs", "sofa": "seat", "bed": "pillow", "lamp": "stand",
    "mug": "handle", "bowl": "foot", "bottle": "cap", "vase": "rim", "teapot": "lid", "mushroom": "stem",
    "tree": "trunk", "palm": "trunk", "cactus": "pot", "flower": "centre", "snowman": "scarf", "donut": "base",
    "ice-cream": "cone", "cake": "icing", "barbell": "bar", "book": "pages", "clock": "face", "hammer": "handle",
    "key": "shaft", "crown": "gems", "rocket": "nose", "car": "roof", "bus": "roof", "boat": "sail",
    "aeroplane": "wings", "train": "chimney",
}  # fmt: skip
"""The part that an object has: 뚜껑 is a bottle's cap and a teapot's lid."""
ON = "위, 위쪽, 윗면, 꼭대기"
"""It follows what is below."""
HAVING = (
    "달린, 있는, 가진, 붙은, 갖춘, 지닌, 두른, 맨, 쓴, 한, 꽂힌, 박힌, 놓인, 놓여있는, 올린, 올려진, 올려놓은, 올라간, 올라앉은, 앉은, 서 있는,"
    " 심은, 심어진, 심긴, 담긴, 얹은, 얹힌, 바른, 발린, 입힌, 된, 칠한, 칠해진, 띤, 있다, 있어요, 있습니다, 있음, 달려 있는, 붙어 있는, 얹혀 있는"
)
"""Verbs between a thing and its part, or what it stands on; they add nothing to the particles before them."""
VIEWS = {"front": "앞모습, 정면", "side": "옆모습, 측면", "back": "뒷모습, 후면", "overhead": "위에서 본 모습, 부감"}
PHOTO = "사진, 그림, 이미지, 렌더, 렌더링"
SUBJECT = "이, 가, 은, 는"
PARTICLES = "의, 을, 를, 에, 에는, 와, 과, 랑, 이랑, 하고, 로, 으로, 인, 이고, 들, 이다, 입니다, 이에요, 예요"
AFTER_CONSONANTS = "이, 은, 을, 과, 이랑, 으로, 이고, 이다, 입니다, 이에요"
AFTER_VOWELS = "가, 는, 를, 와, 랑, 예요"
"""Particles that follow syllables with, and without, a consonant at their end."""
SILENT = (
    "그, 저, 한, 하나, 하나만, 한 개, 한 대, 한 마리, 한 그루, 한 송이, 한 채, 한 척, 한 권, 어떤, 내, 제, 나의, 우리, 좀, 것, 거, 모형, 물체, 색, 색깔,"
    " 컬러, 만들어, 만들어 줘, 만들어 주세요, 그려 줘, 그려 주세요, 보여 줘, 보여 주세요, 해 줘, 해 주세요, 줘, 주세요, 부탁해, 부탁해요, 부탁합니다"
)
"""What can be left out of a prompt."""
NEAR = {
    "cat": "개, 강아지, 새끼고양이, 늑대, 여우, 사자, 호랑이, 곰, 말, 소, 돼지, 양, 토끼, 쥐, 생쥐, 얼룩말, 코끼리, 동물, 원숭이, 판다",
    "duck": "새, 거위, 백조, 닭, 병아리, 펭귄, 부엉이, 독수리, 앵무새", "fish": "상어, 고래, 돌고래, 금붕어, 송어",
    "snowman": "사람, 남자, 여자, 소년, 소녀, 아이, 아기, 인형", "robot": "외계인, 괴물, 기계, 장난감, 기사",
    "car": "트럭, 택시, 승합차, 오토바이, 자전거, 트랙터, 탱크, 지프", "bus": "전차, 트램", "boat": "요트, 카누, 잠수함, 유람선",
    "aeroplane": "헬리콥터, 헬기, 제트기, 전투기, 드론, 글라이더", "rocket": "미사일, 유에프오, 비행접시",
    "crown": "모자, 투구, 반지, 목걸이, 헬멧", "chair": "안락의자, 벤치, 왕좌", "table": "책상, 카운터, 밥상",
    "bed": "매트리스, 해먹, 이불", "bowl": "접시, 냄비, 대야, 프라이팬, 욕조", "mug": "잔, 유리잔, 와인잔, 술잔, 비커",
    "bottle": "캔, 깡통, 항아리, 플라스크", "vase": "도자기, 단지", "teapot": "물주전자", "lamp": "촛불, 양초, 초, 전구",
    "book": "공책, 노트, 잡지, 신문", "clock": "손목시계", "hammer": "도끼, 칼, 검, 삽, 연장", "key": "자물쇠",
    "barbell": "추", "house": "오두막, 한옥, 건물, 헛간, 교회, 절, 아파트, 학교", "castle": "궁전, 궁궐, 요새",
    "lighthouse": "빌딩, 풍차, 고층건물", "tree": "풀, 숲, 덤불, 식물, 참나무, 은행나무, 벚나무", "flower": "장미, 튤립, 해바라기, 민들레, 벚꽃",
    "cake": "빵, 파이, 머핀, 피자, 햄버거, 컵케이크, 떡, 김밥", "ball": "사과, 지구, 달, 달걀, 축구공, 호박, 수박, 볼, 행성, 귤",
    "ice-cream": "빙수, 막대사탕", "donut": "베이글, 바퀴, 타이어", "heart": "사랑", "star": "해, 태양",
}  # fmt: skip
"""By what Toybox knows, what is akin to it without being the same."""
