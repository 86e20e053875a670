using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Xml;
using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Texts;

namespace Ptewright.Live;

/// <summary>A live QEMU guest, through its gdbstub: stopped as long as this object lives, running again when it is disposed of.</summary>
/// <remarks>
/// Physical memory is read in QEMU's physical-memory mode, registers by the names of the target description (<c>system-registers.xml</c>). Pages are fetched once: the picture is
/// that of the moment when the guest was stopped. QEMU: <c>gdbstub</c>, <c>Qqemu.PhyMemMode</c>.
/// </remarks>
public sealed class GdbImage : MemoryImage
{
    private const int MaxDescription = 1 << 20;
    private const int MostFiles = 32;
    private const int MostPieces = 1 << 12;
    private const int MaxFileName = 64;

    // A peer that takes nearly all the patience for each piece would take hours for all of them.
    private const int MostPatience = 6;
    private readonly GdbGuest _guest;
    private readonly PageCache _pages;
    private readonly Dictionary<string, int> _registers = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Connects to a guest, which stops it, and reads its description.</summary>
    /// <param name="address">Where the stub listens.</param>
    /// <param name="patience">How long an answer may take.</param>
    /// <param name="ranBefore">Whether the guest ran, where somebody knows and the stub does not say.</param>
    internal GdbImage(PeerAddress address, TimeSpan? patience = null, bool? ranBefore = null)
    {
        _guest = GdbGuest.Attach(address, patience, ranBefore);
        _pages = new PageCache(_guest.Name, (from, destination) => _guest.TryRead(from.Value, destination));
        try
        {
            ReadDescription();
            _guest.CheckPhysicalMode();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override string Name => _guest.Name;

    /// <summary>Not known: where a guest has no memory, QEMU reads zeros.</summary>
    public override IReadOnlyList<MemorySegment> Segments => [];

    /// <inheritdoc/>
    public override ImageRegisters Registers => field ??= new ImageRegisters(
        Register("TTBR0_EL1"), Register("TTBR1_EL1"), Register("TCR_EL1"), Register("MAIR_EL1"));

    /// <summary>Connects over TCP and stops the guest.</summary>
    /// <param name="host">The host.</param>
    /// <param name="port">The port.</param>
    /// <exception cref="InvalidInputException">Nobody answers there, or no QEMU with an arm64 CPU.</exception>
    public static GdbImage Connect(string host, int port) => new(PeerAddress.OfPort(host, port));

    /// <summary>Connects over a Unix socket and stops the guest.</summary>
    /// <param name="path">The socket.</param>
    /// <exception cref="InvalidInputException">Nobody answers there, or no QEMU with an arm64 CPU.</exception>
    public static GdbImage Connect(string path) => new(PeerAddress.OfSocket(path));

    /// <summary>A register of the first CPU.</summary>
    /// <param name="name">Its name, as in <c>TTBR1_EL1</c>.</param>
    /// <returns>Null when the stub does not have it.</returns>
    public ulong? Register(string name)
    {
        if (!_registers.TryGetValue(name, out int number))
        {
            return null;
        }

        // Eight bytes in memory order.
        string answer = _guest.Ask(string.Create(CultureInfo.InvariantCulture, $"p{number:x}"));
        if (answer.Length is 0 or > 16 || answer.Length % 2 != 0 || !ulong.TryParse(answer, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong bytes))
        {
            return null;
        }

        ulong value = 0;
        for (int i = 0; i < answer.Length / 2; i++)
        {
            value |= ((bytes >> ((answer.Length - 2 - (2 * i)) * 4)) & 0xff) << (8 * i);
        }

        return value;
    }

    /// <inheritdoc/>
    public override MemoryReader OpenReader() => _pages.OpenReader();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _guest.Dispose();
        _pages.Dispose();
    }

    // target.xml includes others; registers are numbered on from where the last number was given.
    private void ReadDescription()
    {
        Queue<string> files = new(["target.xml"]);
        long begun = Stopwatch.GetTimestamp();
        int number = 0;
        int read = 0;
        bool isArm64 = false;
        if (!_guest.Ask("qSupported:xmlRegisters=aarch64").Contains("qXfer:features:read+", StringComparison.Ordinal))
        {
            throw new InvalidInputException($"{Name}: it does not describe its registers, so it is no QEMU with an arm64 CPU.");
        }

        while (files.TryDequeue(out string? file) && read++ < MostFiles)
        {
            // QEMU writes the prefix "xi" without saying what it stands for.
            using XmlTextReader xml = new(new StringReader(ReadFile(file, begun))) { Namespaces = false, DtdProcessing = DtdProcessing.Ignore, XmlResolver = null };
            try
            {
                while (xml.Read())
                {
                    if (xml.NodeType != XmlNodeType.Element)
                    {
                        continue;
                    }

                    if (xml.Name == "xi:include" && xml.GetAttribute("href") is { } href)
                    {
                        files.Enqueue(IsFileName(href) ? href : throw new InvalidInputException($"{Name}: its description names a file {TextFile.Quote(href)}, which is no name of one."));
                    }
                    else if (xml.Name == "reg" && xml.GetAttribute("name") is { } name)
                    {
                        number = int.TryParse(xml.GetAttribute("regnum"), NumberStyles.None, CultureInfo.InvariantCulture, out int given) ? given : number;
                        _ = _registers.TryAdd(name, number++);
                        isArm64 |= name == "x30";
                    }
                }
            }
            catch (XmlException)
            {
                throw new InvalidInputException($"{Name}: its description {TextFile.Quote(file)} is no XML.");
            }
        }

        if (!isArm64)
        {
            throw new InvalidInputException($"{Name}: its CPU is no arm64 CPU.");
        }
    }

    private static bool IsFileName(string text) =>
        text.Length <= MaxFileName && text.AsSpan().IndexOfAnyExceptInRange('-', 'z') < 0 && !text.Contains(':', StringComparison.Ordinal);

    private string ReadFile(string file, long begun)
    {
        StringBuilder text = new();
        int pieces = 0;
        for (; ;)
        {
            string answer = _guest.Ask(string.Create(CultureInfo.InvariantCulture, $"qXfer:features:read:{file}:{text.Length:x},800"));
            if (Stopwatch.GetElapsedTime(begun) > MostPatience * _guest.Patience)
            {
                throw new InvalidInputException($"{Name}: it takes too long to describe its registers.");
            }

            // Pieces without anything in them would never end.
            if (answer.Length == 0 || answer[0] is not ('m' or 'l') || answer == "m" || text.Length > MaxDescription || pieces++ > MostPieces)
            {
                throw new InvalidInputException($"{Name}: it does not hand out its description {TextFile.Quote(file)}.");
            }

            _ = text.Append(answer, 1, answer.Length - 1);
            if (answer[0] == 'l')
            {
                return text.ToString();
            }
        }
    }
}
