namespace Ptewright.Boot;

/// <summary>PSCI: how the machine is switched off.</summary>
/// <remarks>Arm DEN 0022: <c>SYSTEM_OFF</c> = 0x84000008. The device tree says whether by HVC or SMC.</remarks>
internal static class Firmware
{
    private const ulong SystemOff = 0x8400_0008;

    /// <summary>How the firmware is called; until the device tree was read, unknown.</summary>
    public static PsciMethod Method { get; set; }

    /// <summary>What is tried when the device tree does not say: HVC below a hypervisor, SMC after having been one.</summary>
    public static PsciMethod Guess { get; set; }

    /// <summary>Whether the guess is being tried: an exception then only means that it was wrong.</summary>
    public static bool IsGuessing { get; private set; }

    /// <summary>Switches the machine off, or stops when it cannot be.</summary>
    public static void PowerOff()
    {
        if (Method == PsciMethod.None)
        {
            Output.Line("This machine has no PSCI in its device tree: unless it goes off now, switch it off by hand.");
            IsGuessing = true;
        }

        if ((IsGuessing ? Guess : Method) == PsciMethod.Hvc)
        {
            _ = Instructions.Hvc(SystemOff);
        }
        else
        {
            _ = Instructions.Smc(SystemOff);
        }

        Instructions.Halt();
    }

    /// <summary>Says why nothing more can be done, and switches off.</summary>
    public static void Stop(string sentence)
    {
        Output.Write("ptewright-boot: ");
        Output.Line(sentence);
        Output.Line("0 passed, 1 failed");
        PowerOff();
    }
}

/// <summary>The instruction that calls PSCI.</summary>
internal enum PsciMethod
{
    /// <summary>Not known.</summary>
    None,

    /// <summary><c>HVC</c>.</summary>
    Hvc,

    /// <summary><c>SMC</c>.</summary>
    Smc,
}
