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
TRAITS = {
    "striped": "줄무늬, 스트라이프, 스트라이프 무늬", "spotted": "점무늬, 물방울무늬, 땡땡이무늬, 도트무늬",
    "checkered": "체크무늬, 체크, 바둑판무늬, 격자무늬",
    "tall": "키 큰, 키가 큰, 높은, 높다란, 길쭉한", "short": "키 작은, 키가 작은, 낮은, 나지막한, 납작한",
    "wide": "넓은, 폭이 넓은, 널찍한, 널따란", "thin": "얇은, 폭이 좁은, 좁은, 홀쭉한, 날씬한, 가느다란",
    "tiny": "아주 작은, 매우 작은, 작은, 조그만, 조그마한, 자그마한, 쪼그만, 초소형",
}
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
    "dog": "개, 강아지, 멍멍이", "rabbit": "토끼", "pig": "돼지", "elephant": "코끼리", "giraffe": "기린", "horse": "말, 조랑말",
    "cow": "소, 젖소, 암소", "sheep": "양", "frog": "개구리", "bear": "곰, 곰인형, 곰돌이, 테디베어", "dinosaur": "공룡",
    "turtle": "거북이, 거북", "snail": "달팽이", "crab": "게, 꽃게", "bird": "새", "owl": "부엉이, 올빼미", "penguin": "펭귄",
    "whale": "고래", "octopus": "문어", "butterfly": "나비", "bee": "벌, 꿀벌", "spider": "거미", "shark": "상어",
    "apple": "사과", "pear": "서양배, 먹는 배", "banana": "바나나", "carrot": "당근", "pumpkin": "호박", "strawberry": "딸기",
    "cherry": "체리, 버찌", "grapes": "포도, 포도송이", "burger": "햄버거, 버거", "pizza": "피자", "hotdog": "핫도그",
    "cupcake": "컵케이크, 머핀", "egg": "달걀, 계란", "cheese": "치즈", "lollipop": "막대사탕, 롤리팝, 사탕",
    "pan": "프라이팬, 후라이팬, 팬", "saucepan": "냄비", "plate": "접시", "kettle": "물주전자, 전기 주전자, 전기 포트",
    "jug": "저그, 피처, 물항아리", "fork": "포크", "spoon": "숟가락, 스푼", "knife": "칼, 나이프, 식칼",
    "wineglass": "와인잔, 포도주잔, 와인글라스", "bench": "벤치, 긴 의자", "desk": "책상", "wardrobe": "옷장, 장롱",
    "bookshelf": "책꽂이, 서가, 책 선반", "armchair": "안락의자, 팔걸이의자, 일인용 소파", "ladder": "사다리", "candle": "양초, 촛불",
    "umbrella": "우산, 양산, 파라솔", "church": "교회, 성당", "windmill": "풍차", "tent": "텐트, 천막",
    "bridge": "교량, 돌다리, 구름다리", "igloo": "이글루, 얼음집", "pyramid": "피라미드", "well": "우물", "truck": "트럭, 화물차",
    "tractor": "트랙터, 경운기", "helicopter": "헬리콥터, 헬기", "submarine": "잠수함", "tank": "탱크, 장갑차",
    "ufo": "비행접시, 유에프오", "balloon": "열기구, 기구, 풍선", "wagon": "수레, 손수레, 마차", "axe": "도끼", "saw": "톱",
    "screwdriver": "드라이버, 스크루드라이버", "wrench": "렌치, 스패너", "shovel": "삽", "anvil": "모루", "sword": "검, 장검, 대검",
    "shield": "방패", "bucket": "양동이, 물통, 들통", "anchor": "닻", "guitar": "기타", "drum": "북, 드럼", "piano": "피아노",
    "trumpet": "트럼펫, 나팔", "bell": "종, 방울, 벨", "xylophone": "실로폰", "accordion": "아코디언, 손풍금", "dice": "주사위",
    "kite": "방패연, 가오리연, 꼬리연", "pawn": "체스 말, 체스 폰, 장기말", "hat": "모자, 중절모", "shoe": "신발, 구두, 운동화",
    "backpack": "배낭, 백팩, 책가방, 가방", "barrel": "나무통, 술통, 배럴", "camera": "카메라, 사진기",
    "television": "텔레비전, 티비, 티브이", "telephone": "전화기, 전화", "laptop": "노트북, 랩톱, 컴퓨터", "trophy": "트로피, 우승컵",
    "gift": "선물, 선물 상자", "planet": "행성, 토성", "moon": "달, 초승달, 반달", "cloud": "구름, 비구름",
}
PARTS = {
    "handle": "손잡이, 자루", "roof": "지붕", "door": "문, 대문, 성문", "lantern": "등불, 랜턴, 등롱",
    "limbs": "팔다리, 사지", "wings": "날개", "fins": "지느러미", "tail": "꼬리", "legs": "다리",
    "seat": "좌석, 방석, 앉는 부분", "pillow": "베개", "stand": "받침대, 받침, 기둥, 지지대", "foot": "굽, 받침, 밑받침",
    "cap": "뚜껑, 병뚜껑, 마개, 병마개", "rim": "테두리, 테, 입구", "lid": "뚜껑", "stem": "줄기, 자루, 기둥",
    "trunk": "줄기, 몸통, 기둥, 나무줄기", "pot": "화분", "centre": "가운데, 중심, 꽃술, 한가운데",
    "scarf": "목도리, 스카프, 머플러", "base": "밑부분, 바닥, 아랫부분", "cone": "콘", "icing": "아이싱, 크림, 생크림, 당의",
    "bar": "봉, 막대, 바", "pages": "속지, 책장, 페이지", "face": "문자판, 시계판, 얼굴", "shaft": "몸통, 자루, 축",
    "gems": "보석", "nose": "앞부분, 코, 앞코, 뾰족한 끝", "sail": "돛", "chimney": "굴뚝",
    "ears": "귀", "snout": "주둥이", "spots": "점, 얼룩, 반점, 점박이 무늬", "mane": "갈기", "belly": "뱃살, 아랫배, 배 부분",
    "spikes": "가시, 돌기", "shell": "등껍질, 껍데기, 껍질", "claws": "집게발, 집게", "suckers": "빨판", "tips": "꼭지, 양끝",
    "leaves": "잎, 잎사귀, 이파리", "patty": "패티, 고기", "crust": "크러스트, 가장자리", "bun": "빵, 빵 부분",
    "swirl": "소용돌이, 회오리", "drawers": "서랍", "doors": "문짝, 여닫이문", "volumes": "장서, 서책", "cushion": "쿠션, 방석",
    "rungs": "가로대, 발판", "blades": "날개, 회전날개", "flaps": "덮개, 자락", "walls": "벽, 난간", "stairs": "계단",
    "load": "짐칸, 짐, 적재함", "rotor": "프로펠러, 회전날개", "periscope": "잠망경", "turret": "포탑", "dome": "돔, 덮개",
    "ribs": "세로줄, 세로띠", "band": "띠, 밴드", "hilt": "칼자루, 자루", "cross": "십자가, 십자무늬", "neck": "목, 기타목",
    "valves": "밸브, 피스톤", "clapper": "방울추, 종추", "mallet": "말렛, 실로폰채", "bellows": "주름상자, 주름통",
    "dots": "점", "sole": "밑창, 신발창", "pocket": "주머니, 호주머니", "hoops": "테, 쇠테", "lens": "렌즈",
    "knobs": "버튼, 다이얼, 꼭지", "receiver": "수화기, 송수화기", "screen": "화면, 스크린", "ribbon": "리본, 끈", "belt": "고리, 띠",
    "drops": "빗방울, 물방울",
}
PART_OF = {
    "house": "roof", "castle": "door", "lighthouse": "lantern", "robot": "limbs", "duck": "wings", "fish": "fins",
    "cat": "tail", "table": "legs", "chair": "legs", "stool": "legs", "sofa": "seat", "bed": "pillow", "lamp": "stand",
    "mug": "handle", "bowl": "foot", "bottle": "cap", "vase": "rim", "teapot": "lid", "mushroom": "stem",
    "tree": "trunk", "palm": "trunk", "cactus": "pot", "flower": "centre", "snowman": "scarf", "donut": "base",
    "ice-cream": "cone", "cake": "icing", "barbell": "bar", "book": "pages", "clock": "face", "hammer": "handle",
    "key": "shaft", "crown": "gems", "rocket": "nose", "car": "roof", "bus": "roof", "boat": "sail",
    "aeroplane": "wings", "train": "chimney",
    "dog": "ears", "rabbit": "ears", "pig": "snout", "elephant": "ears", "giraffe": "spots", "horse": "mane",
    "cow": "spots", "sheep": "face", "frog": "belly", "bear": "belly", "dinosaur": "spikes", "turtle": "shell",
    "snail": "shell", "crab": "claws", "bird": "wings", "owl": "wings", "penguin": "belly", "whale": "belly",
    "octopus": "suckers", "butterfly": "spots", "bee": "wings", "spider": "legs", "shark": "belly", "apple": "stem",
    "pear": "stem", "banana": "tips", "carrot": "leaves", "pumpkin": "stem", "strawberry": "leaves", "cherry": "stem",
    "grapes": "stem", "burger": "patty", "pizza": "crust", "hotdog": "bun", "cupcake": "base", "egg": "stand",
    "lollipop": "swirl", "pan": "handle", "saucepan": "lid", "plate": "rim", "kettle": "handle", "jug": "handle",
    "fork": "handle", "spoon": "handle", "knife": "handle", "wineglass": "foot", "bench": "legs", "desk": "drawers",
    "wardrobe": "doors", "bookshelf": "volumes", "armchair": "cushion", "ladder": "rungs", "candle": "base",
    "umbrella": "handle", "church": "roof", "windmill": "blades", "tent": "flaps", "bridge": "walls", "igloo": "rim",
    "pyramid": "stairs", "well": "roof", "truck": "load", "tractor": "roof", "helicopter": "rotor",
    "submarine": "periscope", "tank": "turret", "ufo": "dome", "balloon": "ribs", "wagon": "handle", "axe": "handle",
    "saw": "handle", "screwdriver": "band", "wrench": "handle", "shovel": "handle", "anvil": "base", "sword": "hilt",
    "shield": "cross", "bucket": "handle", "anchor": "bar", "guitar": "neck", "drum": "rim", "piano": "stand",
    "trumpet": "valves", "bell": "clapper", "xylophone": "mallet", "accordion": "bellows", "dice": "dots",
    "kite": "tail", "pawn": "base", "hat": "band", "shoe": "sole", "backpack": "pocket", "barrel": "hoops",
    "camera": "lens", "television": "knobs", "telephone": "receiver", "laptop": "screen", "trophy": "base",
    "gift": "ribbon", "planet": "belt", "cloud": "drops",
}  # fmt: skip
"""The part that an object has: 뚜껑 is a bottle's cap and a teapot's lid."""
ON = {"on top of": "위, 위쪽, 윗면, 꼭대기", "beside": "옆, 옆쪽, 곁, 바로 옆"}
"""It follows what is below, or beside."""
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
COUNTS, COUNTERS = "두 세 네 다섯 여섯 일곱 여덟 아홉 열 여러 몇", "개 대 마리 그루 송이 채 척 권"
COUNTED = tuple(f"{count}{counter}" for count in COUNTS.split() for counter in COUNTERS.split())
"""More than one, of the things that each is said of: nobody knows them, but 두 개 is no dog."""
NEAR = {
    "cat": "개, 강아지, 새끼고양이, 늑대, 여우, 사자, 호랑이, 곰, 말, 소, 돼지, 양, 토끼, 쥐, 생쥐, 얼룩말, 코끼리, 동물, 원숭이, 판다",
    "duck": "새, 거위, 백조, 닭, 병아리, 펭귄, 부엉이, 독수리, 앵무새", "fish": "상어, 고래, 돌고래, 금붕어, 송어",
    "snowman": "사람, 남자, 여자, 소년, 소녀, 아이, 아기, 인형", "robot": "외계인, 괴물, 기계, 장난감, 기사",
    "car": "트럭, 택시, 승합차, 오토바이, 자전거, 트랙터, 탱크, 지프", "bus": "전차, 트램", "boat": "요트, 카누, 잠수함, 유람선",
    "aeroplane": "헬리콥터, 헬기, 제트기, 전투기, 드론, 글라이더", "rocket": "미사일, 유에프오, 비행접시",
    "crown": "모자, 투구, 반지, 목걸이, 헬멧", "chair": "안락의자, 벤치, 왕좌", "table": "책상, 카운터, 밥상",
    "bed": "매트리스, 해먹, 이불", "bowl": "접시, 냄비, 대야, 프라이팬, 욕조", "mug": "잔, 유리잔, 와인잔, 술잔, 비커",
    "bottle": "캔, 깡통, 항아리, 플라스크", "vase": "도자기, 단지", "teapot": "물주전자", "lamp": "촛불, 양초, 초, 전구",
    "book": "공책, 노트, 잡지, 신문, 종이", "clock": "손목시계", "hammer": "도끼, 칼, 검, 삽, 연장", "key": "자물쇠",
    "barbell": "추", "house": "오두막, 한옥, 건물, 헛간, 교회, 절, 아파트, 학교", "castle": "궁전, 궁궐, 요새",
    "lighthouse": "빌딩, 풍차, 고층건물", "tree": "풀, 숲, 덤불, 식물, 참나무, 은행나무, 벚나무", "flower": "장미, 튤립, 해바라기, 민들레, 벚꽃",
    "cake": "빵, 파이, 머핀, 피자, 햄버거, 컵케이크, 떡, 김밥", "ball": "사과, 지구, 달, 달걀, 축구공, 호박, 수박, 볼, 행성, 귤",
    "ice-cream": "빙수, 막대사탕", "donut": "베이글, 바퀴, 타이어", "heart": "사랑", "star": "해, 태양",
    "dog": "늑대, 여우", "bear": "판다", "horse": "얼룩말, 당나귀", "cow": "황소", "sheep": "염소", "rabbit": "쥐, 생쥐, 햄스터",
    "elephant": "코뿔소, 하마", "dinosaur": "용, 도마뱀, 악어", "bird": "독수리, 앵무새, 참새, 비둘기", "whale": "돌고래",
    "octopus": "오징어, 해파리", "butterfly": "나방, 잠자리", "spider": "개미, 딱정벌레", "pumpkin": "수박, 멜론", "plate": "쟁반",
    "wineglass": "잔, 유리잔, 술잔", "armchair": "왕좌", "wardrobe": "찬장", "church": "절", "truck": "승합차", "shovel": "갈퀴",
    "guitar": "우쿨렐레", "piano": "오르간", "hat": "투구, 헬멧", "shoe": "장화, 슬리퍼", "television": "모니터", "planet": "지구",
}  # fmt: skip
"""By what Toybox knows, what is akin to it without being the same: a word that is there twice is nearest to the last
that was taught."""
