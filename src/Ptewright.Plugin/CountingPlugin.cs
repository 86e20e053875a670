using System.Runtime;

namespace Ptewright.Plugin;

/// <summary>Counts what an emulated CPU executes from one address to another, each time that it gets from there to here.</summary>
/// <remarks>
/// The totals are one line on standard error: <c>@ptewright-count instructions=N tlbi=N dsb=N isb=N</c>. One CPU: the counters are not shared
/// by threads. QEMU calls functions in the order in which they were registered, so what begins or ends a region comes first.
/// </remarks>
internal static unsafe class CountingPlugin
{
    // QEMU gives an address of its own where later versions give a length; no instruction is this long.
    private const nuint LongestInstruction = 16;

    private static Region _region;
    private static bool _isInside;
    private static ulong _instructions;
    private static ulong _tlbi;
    private static ulong _dsb;
    private static ulong _isb;

    // QEMU calls it when it has loaded the plugin: id, description of itself, arguments. Not 0 refuses.
    [RuntimeExport("qemu_plugin_install")]
    private static int Install(ulong id, void* emulator, int count, byte** arguments)
    {
        if (!Region.TryRead(count, arguments, out _region))
        {
            Message message = default;
            message.Add("ptewright-count: the arguments are start=0xADDRESS,end=0xADDRESS");
            message.Write();
            return 1;
        }

        Emulator.OnTranslation(id, &Translate);
        return 0;
    }

    private static void Translate(ulong id, void* block)
    {
        nuint count = Emulator.InstructionCount(block);
        for (nuint i = 0; i < count; i++)
        {
            void* instruction = Emulator.InstructionOf(block, i);
            ulong address = Emulator.AddressOf(instruction);
            if (address == _region.End)
            {
                Emulator.OnExecution(instruction, &Leave, 0, null);
            }

            if (address == _region.Start)
            {
                Emulator.OnExecution(instruction, &Enter, 0, null);
            }

            uint word = 0;
            nuint given = Emulator.BytesOf(instruction, &word, sizeof(uint));
            word = given > LongestInstruction ? *(uint*)given : word;
            switch (InstructionWord.KindOf(word))
            {
                case InstructionKind.Tlbi:
                    Emulator.OnExecution(instruction, &CountTlbi, 0, null);
                    break;
                case InstructionKind.Dsb:
                    Emulator.OnExecution(instruction, &CountDsb, 0, null);
                    break;
                case InstructionKind.Isb:
                    Emulator.OnExecution(instruction, &CountIsb, 0, null);
                    break;
                default:
                    Emulator.OnExecution(instruction, &CountOther, 0, null);
                    break;
            }
        }
    }

    private static void Enter(uint cpu, void* argument)
    {
        _isInside = true;
        _instructions = 0;
        _tlbi = 0;
        _dsb = 0;
        _isb = 0;
    }

    private static void Leave(uint cpu, void* argument)
    {
        if (!_isInside)
        {
            return;
        }

        _isInside = false;
        Message message = default;
        message.Add("@ptewright-count instructions=");
        message.Add(_instructions);
        message.Add(" tlbi=");
        message.Add(_tlbi);
        message.Add(" dsb=");
        message.Add(_dsb);
        message.Add(" isb=");
        message.Add(_isb);
        message.Write();
    }

    private static void CountOther(uint cpu, void* argument) => _instructions++;

    private static void CountTlbi(uint cpu, void* argument)
    {
        _instructions++;
        _tlbi++;
    }

    private static void CountDsb(uint cpu, void* argument)
    {
        _instructions++;
        _dsb++;
    }

    private static void CountIsb(uint cpu, void* argument)
    {
        _instructions++;
        _isb++;
    }

    // The compilers ask for it; QEMU calls Install.
    private static void Main()
    {
    }
}
